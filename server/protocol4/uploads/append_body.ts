import { ProblemError } from "../../../shared/protocol4/problem.ts";
import type { Quota } from "../../files/quota.ts";
import type { Peer } from "../../listening/piping/handler.ts";
import type { Counters } from "../../observe/counters.ts";
import type { OpenUpload, Upload, Uploads } from "../../storage/trees/uploads.ts";
import { ContentHash } from "../contents/content_hash.ts";
import { BodyCut, BodyReader, isChunked } from "../http/body_reader.ts";
import type { ReadMemory } from "../http/read_memory.ts";
import type { Client } from "../identity/authenticate.ts";
import type { Protocol4Counter } from "../protocol4_counter.ts";
import { UploadReservation } from "./upload_reservation.ts";
import type { Tails } from "./tails.ts";

export interface AppendParts {
  readonly uploads: Uploads;
  readonly live: LiveUploads;
  readonly tails: Tails;
  readonly quota: Quota;
  readonly memory: ReadMemory;
  readonly counters: Counters<Protocol4Counter>;
  /** The largest file, in bytes. */
  readonly fileSize: number;
}

/** Bytes of an upload that come in a request. */
export interface Appended {
  readonly client: Client;
  readonly upload: Upload;
  /** Where the first of them belongs. */
  readonly offset: number;
  readonly request: Request;
  readonly peer: Peer;
  /**
   * Throws a `ProblemError` if the client may not do this any more: its token may have been revoked
   * while the body came.
   */
  readonly expectAllowed: () => Promise<void>;
}

/**
 * Appends the body of a request to an upload, and ends the body of an earlier request that is still
 * under way. Resolves with the durable offset once the body has ended in order; a body that is cut
 * leaves whole blocks.
 *
 * Throws a `ProblemError`: `offset-mismatch` with the right offset, `body-too-large`,
 * `upload-busy`; a `QuotaError`, a `BodyCut`, and the errors of the storage.
 */
export async function appendBody(parts: AppendParts, appended: Appended): Promise<number> {
  const { uploads, live, tails, quota, memory } = parts;
  const { client, upload: { id, size }, offset, request } = appended;
  const key = { clientId: client.id, id };
  const length = declaredLength(request.headers);
  const most = size ?? parts.fileSize;
  if (offset + (length ?? 0) > most) {
    throw new ProblemError("body-too-large", `The upload has ${most} bytes`, { size: most });
  }
  const chunked = isChunked(request);
  await using body = new BodyReader(request.body, { memory, length, chunked, ahead: true });
  using _live = live.begin(id, body);
  await using open = await uploads.open(key);
  if (open.position !== offset) {
    throw new ProblemError("offset-mismatch", `The upload goes on at ${open.position}`, {
      offset: open.position,
    });
  }
  const rest = size === undefined ? undefined : size - offset;
  using reservation = await UploadReservation.reserve(quota, {
    ...{ clientId: client.id, clientBytes: client.quota },
    size: rest,
  });
  const hash = new ContentHash();
  await tails.use(() => open.tail(), (tail) => hash.add(tail));
  await append(parts, { ...appended, body, open, reservation, hash, most });
  using _pinned = appended.peer.pin();
  await appended.expectAllowed();
  return await open.end("whole");
}

async function append(
  { counters }: AppendParts,
  { body, open, reservation, hash, most, peer }: Appended & {
    readonly body: BodyReader;
    readonly open: OpenUpload;
    readonly reservation: UploadReservation;
    readonly hash: ContentHash;
    readonly most: number;
  },
): Promise<void> {
  // Where there is memory for it, the next piece is read while this one is hashed and written.
  let appending: Promise<void> = Promise.resolve();
  for (;;) {
    const [piece] = await Promise.all([body.read(hash.left), appending]);
    if (piece === undefined) return;
    if (!await peer.awaitTurn()) throw new BodyCut("The connection has ended");
    if (open.position + piece.byteLength > most) {
      throw new ProblemError("body-too-large", `The upload has ${most} bytes`, { size: most });
    }
    await reservation.arrives(piece.byteLength);
    counters.add("bytes-received", piece.byteLength);
    peer.slot.moved(piece.byteLength);
    appending = open.append(piece, hash.add(piece));
    if (!body.ahead) await appending;
  }
}

function declaredLength(headers: Headers): number | undefined {
  const text = headers.get("content-length") ?? "";
  return /^\d{1,16}$/.test(text) ? Number(text) : undefined;
}

/** The bodies that are being appended to uploads: of each upload one, the newest. */
export class LiveUploads {
  readonly #bodies = new Map<string, BodyReader>();

  /** The number of bodies. */
  get size(): number {
    return this.#bodies.size;
  }

  /** Ends the body that is being appended to an upload, if there is one. */
  end(id: string): void {
    this.#bodies.get(id)?.end();
    this.#bodies.delete(id);
  }

  /** Ends the body of an earlier request, and notes this one until the result is disposed of. */
  begin(id: string, body: BodyReader): Disposable {
    this.end(id);
    this.#bodies.set(id, body);
    return {
      [Symbol.dispose]: () => {
        if (this.#bodies.get(id) === body) this.#bodies.delete(id);
      },
    };
  }
}
