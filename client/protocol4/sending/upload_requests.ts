import { formatUploadMetadata } from "../../../shared/protocol4/resources/upload_metadata.ts";
import { BLOCK_SIZE, HASH_SIZE } from "../../../shared/protocol4/tree/leaf_stack.ts";
import { toHex } from "../../../shared/text/encodings.ts";
import { quoted } from "../../../shared/text/quoted.ts";
import type { LocalFileEntry } from "../../remote/local_entry.ts";
import { badAnswer, expectStatus } from "../connection/errors.ts";
import type { Answer } from "../connection/http_connection.ts";
import type { RepeatableRequest } from "../connection/server_link.ts";
import type { StreamedBody } from "../connection/request.ts";
import type { Session } from "../session.ts";
import { conditionOf, metadataOf } from "./entry_frame.ts";

const TUS = { "tus-resumable": "1.0.0" };

/** An upload on the server. */
export interface UploadOnServer {
  /** Its path. */
  readonly url: string;
  /** Bytes that are durable there. */
  readonly offset: number;
}

/** The requests about uploads (tus 1.0, with leaves and commit). All throw a `ClientError`. */
export class UploadRequests {
  readonly #session: Pick<Session, "request">;

  constructor(session: Pick<Session, "request">) {
    this.#session = session;
  }

  /** Creates an upload for a file, or finds the one that an earlier run has left. */
  async create(entry: LocalFileEntry): Promise<UploadOnServer> {
    const upload = await this.#create(entry.to.join("/"), {
      "upload-length": String(entry.size),
      "upload-metadata": formatUploadMetadata(metadataOf(entry)),
    });
    expectWithin(upload.offset, entry.size);
    return upload;
  }

  /** Creates an upload of which the size is not known yet; returns its path. */
  async createDeferred(to: readonly string[]): Promise<string> {
    const path = to.join("/");
    return (await this.#create(path, {
      "upload-defer-length": "1",
      "upload-metadata": formatUploadMetadata({ path }),
    })).url;
  }

  async #create(path: string, headers: Readonly<Record<string, string>>): Promise<UploadOnServer> {
    // The commit comes by itself, once the contents were compared.
    const request = {
      ...{ method: "POST", path: "/v4/uploads" },
      headers: { ...TUS, ...headers, "x-commit": "later" },
    };
    const answer = await this.#expect(request, {
      ...{ statuses: [200, 201], doing: `take ${quoted(path)}` },
    });
    await answer.body.bytes();
    const url = answer.headers.get("location") ?? "";
    if (!/^\/v4\/uploads\/[0-9a-f]{32}$/.test(url)) throw badAnswer("answered without an upload");
    return { url, offset: offsetIn(answer) };
  }

  /** The bytes that are durable, at most `most`: what was sent. */
  async offset(url: string, most: number): Promise<number> {
    const answer = await this.#expect({ method: "HEAD", path: url, headers: TUS }, {
      ...{ statuses: [200], doing: "say how much it has" },
    });
    const offset = offsetIn(answer);
    expectWithin(offset, most);
    return offset;
  }

  /** The leaves of the whole blocks that are there, 32 bytes each, of a file of so many bytes. */
  async leaves(url: string, size: number): Promise<Uint8Array> {
    const answer = await this.#expect({ method: "GET", path: `${url}/leaves` }, {
      ...{ statuses: [200], doing: "say what it has" },
    });
    return await answer.body.bytes(HASH_SIZE * Math.ceil(size / BLOCK_SIZE));
  }

  /**
   * Appends all pieces; returns the offset behind them, which has to be what the server says. Not
   * sent again by itself.
   */
  async append(
    url: string,
    { offset, size, pieces }: StreamedBody & { readonly offset: number },
  ): Promise<number> {
    const headers = {
      ...TUS,
      "content-type": "application/offset+octet-stream",
      "upload-offset": String(offset),
      "x-commit": "later",
    };
    let end = offset;
    const counted = counting(pieces, (piece) => void (end += piece.byteLength));
    const request = { method: "PATCH", path: url, headers, body: { size, pieces: counted } };
    const answer = await this.#session.request(request);
    try {
      await expectStatus(answer, { statuses: [204], doing: "take more of a file" });
      await answer.body.bytes();
    } catch (error) {
      // Who sends the rest reads the same file: what is read of it for this one has to end before.
      await answer.sent.catch(() => {});
      throw error;
    }
    const isWhole = await answer.sent;
    const reached = offsetIn(answer);
    if (isWhole && reached === end) return reached;
    throw badAnswer(`answered with the offset ${reached} to bytes that end at ${end}`);
  }

  /** Makes the upload a file, if it has the contents of this root. */
  async commit(
    url: string,
    { size, root, replaces }: {
      readonly size: number;
      readonly root: Uint8Array;
      readonly replaces?: string | undefined;
    },
  ): Promise<void> {
    const { ifMatch, ifNoneMatch } = conditionOf({ replaces });
    const condition = {
      ...(ifMatch !== undefined && { "if-match": ifMatch }),
      ...(ifNoneMatch !== undefined && { "if-none-match": ifNoneMatch }),
    };
    const request = {
      ...{ method: "POST", path: `${url}/commit` },
      headers: { "content-type": "application/json", ...condition },
      body: new TextEncoder().encode(JSON.stringify({ tree: toHex(root), size })),
    };
    const answer = await this.#expect(request, { statuses: [200], doing: "store the file" });
    await answer.body.bytes();
  }

  /** Ends an upload; one that is gone is no error. */
  async remove(url: string): Promise<void> {
    const answer = await this.#session.request({ method: "DELETE", path: url, headers: TUS });
    if (answer.status === 404) return answer.body.cancel();
    await expectStatus(answer, { statuses: [204], doing: "give up what it has" });
  }

  async #expect(
    request: RepeatableRequest,
    expected: { readonly statuses: readonly number[]; readonly doing: string },
  ): Promise<Answer> {
    return await expectStatus(await this.#session.request(request), expected);
  }
}

/** Passes pieces on, each of which is told when it is taken. */
async function* counting(
  pieces: AsyncIterable<Uint8Array>,
  onPiece: (piece: Uint8Array) => void,
): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) {
    onPiece(piece);
    yield piece;
  }
}

function expectWithin(offset: number, size: number): void {
  if (offset <= size) return;
  throw badAnswer(`says that it has ${offset} bytes, of ${size} that were sent at most`);
}

function offsetIn({ headers }: Answer): number {
  const text = headers.get("upload-offset") ?? "";
  if (/^[0-9]{1,15}$/.test(text)) return Number(text);
  throw badAnswer("answered without an offset");
}
