import type { ProblemReason } from "../../../shared/protocol4/problem.ts";
import { HASH_SIZE } from "../../../shared/protocol4/tree/leaf_stack.ts";
import { formatETag } from "../../../shared/protocol4/tree/etag.ts";
import type { Clock } from "../../../shared/clock.ts";
import { sameBytes } from "../../../shared/wire/bytes.ts";
import { openFile } from "../../files/local_file.ts";
import type { LocalFileEntry } from "../../remote/local_entry.ts";
import { isBusy } from "../../network/busy_wait.ts";
import { resumed } from "../../network/waits.ts";
import type { Sendable, SendEvents } from "../../remote/tree_sender.ts";
import { isTokenOver, LostConnection, RefusedRequest } from "../connection/errors.ts";
import type { Session } from "../session.ts";
import { FileBlocks } from "../leaves/file_blocks.ts";
import { UploadRequests } from "./upload_requests.ts";

/** Reasons of refusals after which the rest is sent from where the server is. */
const CUTS: ReadonlySet<ProblemReason | undefined> = new Set([
  ...["offset-mismatch", "body-cut", "upload-busy"] as const,
]);

/** Bytes that a server has to have more after a try that counts as progress. */
export const PROGRESS = 1024;

export interface UploadOptions extends Pick<SendEvents, "onProgress" | "onResumed" | "onSending"> {
  readonly session: Pick<Session, "request" | "busyRetry">;
  /** How often a file is gone on with when nothing more of it was taken. */
  readonly retries: number;
  readonly clock: Clock;
  /** The folder of the leaves of files that are on their way. Default: none are kept. */
  readonly leaves?: string | undefined;
}

/**
 * Sends a large file in one request, and after a loss from the offset that the server has. What an
 * earlier run has left there is compared block by block, without being sent again. Returns the tag
 * of its contents. Throws a `ClientError`.
 */
export async function sendUpload(
  { entry, replaces }: Sendable & { readonly entry: LocalFileEntry },
  options: UploadOptions,
): Promise<string> {
  using file = openFile(entry.path);
  const { leaves: folder, clock } = options;
  const blocks = folder === undefined
    ? new FileBlocks(entry, file)
    : await FileBlocks.recorded(entry, file, { folder, now: clock.date().getTime() });
  try {
    const tag = await sendBlocks({ entry, replaces }, blocks, options);
    await blocks.end("sent");
    return tag;
  } catch (error) {
    await blocks.end("unsent");
    throw error;
  }
}

async function sendBlocks(
  { entry, replaces }: Sendable & { readonly entry: LocalFileEntry },
  blocks: FileBlocks,
  options: UploadOptions,
): Promise<string> {
  const requests = new UploadRequests(options.session);
  for (let begun = 1;; begun++) {
    let { url, offset } = await requests.create(entry);
    if (offset > 0 && !await isBeginning(blocks, await requests.leaves(url, entry.size))) {
      await requests.remove(url);
      ({ url, offset } = await requests.create(entry));
    }
    if (offset > 0) options.onResumed?.(entry, offset);
    await sendRest({ entry, blocks, requests, url, offset }, options);
    await blocks.expectUnchanged();
    const root = await blocks.root();
    await options.onSending?.(entry, formatETag({ size: entry.size, root }));
    try {
      await requests.commit(url, { size: entry.size, root, replaces });
      return formatETag({ size: entry.size, root });
    } catch (error) {
      const differs = error instanceof RefusedRequest && error.reason === "tree-mismatch";
      if (!differs || begun > 1) throw error;
      // What was there of an earlier run differs behind its last whole block: all is sent again.
      await requests.remove(url);
    }
  }
}

/** Whether leaves on the server are those of the blocks that the file begins with. */
async function isBeginning(blocks: FileBlocks, leaves: Uint8Array): Promise<boolean> {
  for (let at = 0; at < leaves.byteLength; at += HASH_SIZE) {
    const leaf = await blocks.leaf(at / HASH_SIZE);
    if (!sameBytes(leaf, leaves.subarray(at, at + HASH_SIZE))) return false;
  }
  return true;
}

interface Rest {
  readonly entry: LocalFileEntry;
  readonly blocks: FileBlocks;
  readonly requests: UploadRequests;
  readonly url: string;
  readonly offset: number;
}

async function sendRest(
  rest: Rest,
  { session, retries, clock, onProgress }: UploadOptions,
): Promise<void> {
  const { entry, blocks, requests, url } = rest;
  let { offset } = rest;
  // A server that goes back again and again, or on by a byte, makes no progress.
  let reached = offset;
  await resumed({
    isDone: () => offset >= entry.size,
    async goOn() {
      const from = offset;
      onProgress(entry, from);
      const pieces = withProgress(blocks.from(from), (sent) => onProgress(entry, from + sent));
      offset = await requests.append(url, { offset, size: entry.size - offset, pieces });
    },
    async afterLoss(error) {
      if (!isCut(error)) throw error;
      // Only the server knows how much it has.
      offset = await requests.offset(url, entry.size);
      const isFurther = offset >= reached + PROGRESS;
      reached = Math.max(reached, offset);
      return isFurther;
    },
  }, { retries, clock, busyRetry: () => session.busyRetry() });
}

/**
 * Whether the rest can be sent from the server's offset. Asking for that offset gets another token
 * if the last one was refused within a body.
 */
export function isCut(error: unknown): boolean {
  return error instanceof LostConnection || isBusy(error) ||
    error instanceof RefusedRequest &&
      (CUTS.has(error.problem?.reason) || isTokenOver(error.problem?.reason));
}

async function* withProgress(
  pieces: AsyncIterable<Uint8Array>,
  onSent: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  let sent = 0;
  for await (const piece of pieces) {
    yield piece;
    onSent(sent += piece.byteLength);
  }
}
