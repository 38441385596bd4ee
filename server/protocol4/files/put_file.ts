import { createHash } from "node:crypto";
import type { Logger } from "@logtape/logtape";
import { ProblemError } from "../../../shared/protocol4/problem.ts";
import { fromBase64 } from "../../../shared/text/encodings.ts";
import { shortPath } from "../../../shared/text/quoted.ts";
import { sameBytes } from "../../../shared/wire/bytes.ts";
import { type Quota, QuotaError, type Reservation } from "../../files/quota.ts";
import type { Counters } from "../../observe/counters.ts";
import type { Contents, NewContents } from "../../storage/contents/contents.ts";
import type { Precondition, Recorded, Tree } from "../../storage/trees/tree.ts";
import { ContentHash } from "../contents/content_hash.ts";
import { BodyCut, BodyReader, isChunked } from "../http/body_reader.ts";
import type { ReadMemory } from "../http/read_memory.ts";
import type { Client } from "../identity/authenticate.ts";
import type { Peer } from "../../listening/piping/handler.ts";
import type { Protocol4Counter } from "../protocol4_counter.ts";
import { expectPrecondition, holds } from "./preconditions.ts";
import { hasFacts, isMade, recordOnce } from "./repeated_change.ts";
import { withReservation } from "./reserve_at.ts";
import { contentLength, sentMetadata } from "./sent_metadata.ts";

export interface PutParts {
  readonly tree: Tree;
  readonly contents: Contents;
  readonly quota: Quota;
  readonly memory: ReadMemory;
  readonly counters: Counters<Protocol4Counter>;
  /** The largest file, in bytes. */
  readonly fileSize: number;
}

/** A file that comes in one request. */
export interface Put {
  readonly client: Client;
  /** Its path in the tree. */
  readonly path: string;
  readonly precondition: Precondition | undefined;
  readonly request: Request;
  readonly peer: Peer;
  readonly log: Logger;
  /**
   * Throws a `ProblemError` if the client may not do this any more: its token may have been revoked
   * while the body came.
   */
  readonly expectAllowed: () => Promise<void>;
}

/**
 * Receives a whole file, and records it. What can be refused is refused before the body is read; of
 * one that may be there already just as it comes, the body says whether it is.
 * Throws a `ProblemError`, a `QuotaError`, a `BodyCut`, and the errors of the storage.
 */
export async function putFile(parts: PutParts, put: Put): Promise<Recorded> {
  const { tree, contents, quota, fileSize, counters } = parts;
  const { client, path, precondition, request: { headers } } = put;
  refusePart(headers);
  const size = contentLength(headers);
  const metadata = sentMetadata(headers);
  const expected = sentDigest(headers);
  if (size > fileSize) {
    throw new ProblemError("file-too-large", `A file may have ${fileSize} bytes`, { fileSize });
  }
  const before = await tree.entry(client.id, path);
  if (before?.kind === "folder") throw new ProblemError("is-folder");
  const isSimilar = before?.kind === "file" && before.size === size && hasFacts(metadata, before);
  if (isSimilar && !holds(precondition, before)) {
    const received = await receive(parts, { ...put, size, expected });
    await put.expectAllowed();
    const change = { kind: "file", ...metadata, size, tree: received } as const;
    // It may have been replaced meanwhile.
    const now = await tree.entry(client.id, path);
    if (now !== undefined && isMade(change, now)) return { entry: now, replaced: now };
  }
  expectPrecondition(precondition, before);
  return await withReservation(
    { quota, tree },
    { client, path, size, precondition },
    async (reserved) => {
      await using file = contents.create();
      const { reservation } = reserved;
      const received = await receive(parts, { ...put, size, expected, file, reservation });
      using _pinned = put.peer.pin();
      await put.expectAllowed();
      const change = { kind: "file", path, ...metadata, size, tree: received } as const;
      const recorded = await recordOnce(tree, client.id, {
        ...{ ...change, parents: true },
        contents: await file.seal(),
        ...(reserved.precondition !== undefined && { precondition: reserved.precondition }),
      });
      counters.add("files-stored");
      counters.add("bytes-stored", size);
      put.log.info("Stored {file}: {size} bytes", { file: shortPath(recorded.entry.path), size });
      return recorded;
    },
  );
}

/**
 * Throws a `ProblemError`, `bad-request`, for a part of a file (RFC 9110, section 14.5): curl
 * sends one when it is told to go on, and the part must not take the place of the whole.
 */
function refusePart(headers: Headers): void {
  if (!headers.has("content-range")) return;
  throw new ProblemError("bad-request", "A file is put as a whole; parts go to /v4/uploads");
}

/** Reads the body, into new contents if there are some. Returns its tree hash. */
async function receive(
  { memory, counters }: PutParts,
  { request, peer, size, expected, file, reservation }: Put & {
    readonly size: number;
    /** The SHA-256 that the whole body is to have. */
    readonly expected: Uint8Array | undefined;
    readonly file?: NewContents;
    /** The space that is reserved for it. */
    readonly reservation?: Reservation;
  },
): Promise<Uint8Array> {
  const hash = new ContentHash();
  const whole = expected === undefined ? undefined : createHash("sha256");
  const chunked = isChunked(request);
  await using body = new BodyReader(request.body, { memory, length: size, chunked });
  for (;;) {
    const piece = await body.read(hash.left);
    if (piece === undefined) break;
    if (!await peer.awaitTurn()) throw new BodyCut("The connection has ended");
    const refusal = await reservation?.arrives(piece.byteLength);
    if (refusal !== undefined) throw new QuotaError(refusal, "No room for the rest of the file");
    counters.add("bytes-received", piece.byteLength);
    peer.slot.moved(piece.byteLength);
    whole?.update(piece);
    await Promise.all([hash.add(piece), file?.write(piece)]);
  }
  if (hash.size !== size) throw new BodyCut("The body has another length than it declared");
  if (expected !== undefined && !sameBytes(whole?.digest() ?? expected, expected)) {
    throw new ProblemError("content-mismatch");
  }
  return await hash.root();
}

/**
 * The SHA-256 in `Repr-Digest` (RFC 9530), if there is one. Throws a `ProblemError`, `bad-request`,
 * if it is no digest.
 */
function sentDigest(headers: Headers): Uint8Array | undefined {
  const header = headers.get("repr-digest") ?? headers.get("content-digest") ?? "";
  const [, encoded] = /(?:^|,)\s*sha-256=:([^:]*):/i.exec(header) ?? [];
  if (encoded === undefined) return undefined;
  const digest = fromBase64(encoded);
  if (digest?.byteLength === 32) return digest;
  throw new ProblemError("bad-request", "The digest is not base64 of 32 bytes");
}
