import { BLOCK_SIZE, blockHashNow, LeafStack } from "../../../shared/protocol4/tree/leaf_stack.ts";
import { formatETag } from "../../../shared/protocol4/tree/etag.ts";
import { ClientError, EXIT } from "../../client_error.ts";
import { isBusy } from "../../network/busy_wait.ts";
import { resumed } from "../../network/waits.ts";
import type { StreamTarget } from "../../remote/tree_sender.ts";
import { isCut, PROGRESS, type UploadOptions } from "./upload_sender.ts";
import { UploadRequests } from "./upload_requests.ts";

/**
 * Blocks that are kept to be sent again after a loss: more than sockets and a server hold that has
 * not written them.
 */
const RECENT = 32;

/**
 * Sends contents of which the size is not known before their end, and that cannot be read again.
 * After a loss it goes on with what it has kept. Returns the tag of the contents. Throws a
 * `ClientError`.
 */
export async function sendStream(
  source: AsyncIterable<Uint8Array>,
  { to, replaces, onProgress }: StreamTarget,
  { session, retries, clock }: Omit<UploadOptions, "onProgress">,
): Promise<string> {
  const requests = new UploadRequests(session);
  const url = await requests.createDeferred(to);
  const blocks = new RecentBlocks(source);
  let offset = 0;
  // A server that goes back again and again, or on by a byte, makes no progress.
  let reached = 0;
  const sending = resumed({
    isDone: () => blocks.ended && offset >= blocks.size,
    async goOn() {
      const pieces = blocks.from(offset, onProgress);
      offset = await requests.append(url, { offset, size: undefined, pieces });
    },
    async afterLoss(error) {
      if (!isCut(error)) throw error;
      offset = await requests.offset(url, blocks.size);
      if (offset < blocks.start) throw cannotGoOn(error);
      const isFurther = offset >= reached + PROGRESS;
      reached = Math.max(reached, offset);
      return isFurther;
    },
  }, { retries, clock, busyRetry: () => session.busyRetry() });
  await sending.catch((error: unknown) => {
    throw isCut(error) && !isBusy(error) ? cannotGoOn(error) : error;
  });
  const tag = { size: blocks.size, root: blocks.root() };
  await requests.commit(url, { ...tag, replaces });
  return formatETag(tag);
}

/** Blocks of 1 MiB from a source, of which the last ones can be had again. */
class RecentBlocks {
  readonly #source: AsyncIterator<Uint8Array>;
  readonly #leaves = new LeafStack();
  #recent: { readonly start: number; readonly bytes: Uint8Array }[] = [];
  #size = 0;
  #ended = false;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = blocksOf(source)[Symbol.asyncIterator]();
  }

  /** Bytes that have come from the source. */
  get size(): number {
    return this.#size;
  }

  /** Whether no more comes from it. */
  get ended(): boolean {
    return this.#ended;
  }

  /** The first byte that can be had again. */
  get start(): number {
    return this.#recent[0]?.start ?? this.#size;
  }

  /** The bytes from an offset on that can be had, to the end of the source. */
  async *from(
    offset: number,
    onProgress: (bytes: number) => void,
  ): AsyncGenerator<Uint8Array> {
    for (const { start, bytes } of [...this.#recent]) {
      const rest = bytes.subarray(Math.max(0, offset - start));
      if (rest.byteLength > 0) yield rest;
    }
    for (;;) {
      const next = this.#ended ? undefined : await this.#source.next();
      if (next === undefined || next.done) break;
      const bytes = next.value;
      this.#leaves.add(blockHashNow(bytes));
      this.#recent.push({ start: this.#size, bytes });
      if (this.#recent.length > RECENT) this.#recent.shift();
      this.#size += bytes.byteLength;
      // Before it is taken: a request that ends meanwhile asks for no more.
      onProgress(this.#size);
      yield bytes;
    }
    this.#ended = true;
  }

  /** The root of the tree of all that came. */
  root(): Uint8Array {
    if (this.#size === 0) this.#leaves.add(blockHashNow(new Uint8Array(0)));
    return this.#leaves.root();
  }
}

/** Pieces of any size as blocks of 1 MiB; the last one may be shorter. */
async function* blocksOf(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let block = new Uint8Array(BLOCK_SIZE);
  let filled = 0;
  for await (const piece of source) {
    for (let at = 0; at < piece.byteLength;) {
      const part = piece.subarray(at, at + BLOCK_SIZE - filled);
      block.set(part, filled);
      filled += part.byteLength;
      at += part.byteLength;
      if (filled < BLOCK_SIZE) continue;
      yield block;
      block = new Uint8Array(BLOCK_SIZE);
      filled = 0;
    }
  }
  if (filled > 0) yield block.subarray(0, filled);
}

function cannotGoOn(cause: unknown): ClientError {
  return new ClientError(
    "The connection was lost, and standard input cannot be read again; nothing was stored, run " +
      "the whole command again",
    { reason: "connection-lost", exitCode: EXIT.failed, cause },
  );
}
