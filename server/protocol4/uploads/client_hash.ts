import { ProblemError } from "../../../shared/protocol4/problem.ts";
import { BLOCK_SIZE, HASH_SIZE, rootOf } from "../../../shared/protocol4/tree/leaf_stack.ts";
import { fromHex } from "../../../shared/text/encodings.ts";
import { BodyReader, isChunked } from "../http/body_reader.ts";
import { jsonBody, textMember } from "../http/json_body.ts";
import type { ReadMemory } from "../http/read_memory.ts";

/** What a client says of the contents of an upload. */
export interface ClientHash {
  /** The tree hash, 32 bytes. */
  readonly tree: Uint8Array;
  /** Bytes of the file; undefined if the client does not say. */
  readonly size?: number;
  /** The leaves, one after the other, if the client sent them. */
  readonly leaves?: Uint8Array;
}

/** The media type of leaves, one after the other. */
export const LEAVES_TYPE = "application/octet-stream";

/**
 * Reads the body of a commit: JSON with `tree` in hexadecimal digits and perhaps `size`, or all
 * leaves, so that the answer can say which block differs. Throws a `ProblemError`: `bad-request`,
 * `body-too-large`, `wrong-media-type`; and a `BodyCut`.
 */
export async function clientHash(
  request: Request,
  { memory, fileSize }: {
    readonly memory: ReadMemory;
    /** The largest file, in bytes. */
    readonly fileSize: number;
  },
): Promise<ClientHash> {
  if (request.headers.get("content-type") === LEAVES_TYPE) {
    const most = HASH_SIZE * Math.max(1, Math.ceil(fileSize / BLOCK_SIZE));
    const leaves = await leavesOf(request, { memory, most });
    return { tree: rootOf(leaves), leaves };
  }
  const body = await jsonBody(request, memory);
  const tree = fromHex(textMember(body, "tree"));
  if (tree?.byteLength !== HASH_SIZE) {
    throw new ProblemError("bad-request", 'The member "tree" has to be 64 hexadecimal digits');
  }
  const { size } = body;
  if (size === undefined) return { tree };
  if (typeof size === "number" && Number.isSafeInteger(size) && size >= 0) return { tree, size };
  throw new ProblemError("bad-request", 'The member "size" has to be a number of bytes');
}

async function leavesOf(
  request: Request,
  { memory, most }: { readonly memory: ReadMemory; readonly most: number },
): Promise<Uint8Array> {
  const { body, headers } = request;
  const length = Number(headers.get("content-length") ?? NaN);
  if (!(length <= most)) throw new ProblemError("body-too-large", `At most ${most} bytes`);
  const leaves = new Uint8Array(length);
  let size = 0;
  await using reader = new BodyReader(body, { memory, length, chunked: isChunked(request) });
  for (;;) {
    const bytes = await reader.read();
    if (bytes === undefined) break;
    leaves.set(bytes, size);
    size += bytes.byteLength;
  }
  if (size === length && size > 0 && size % HASH_SIZE === 0) return leaves;
  throw new ProblemError("bad-request", `Leaves have ${HASH_SIZE} bytes each`);
}
