import { diskError } from "./disk_error.ts";

/** Bytes that are read in one call. */
const PIECE = 64 * 1024;

/** What to read of an open file. */
export interface FileContentsOptions {
  /** The file's path, for messages. */
  readonly path: string;
  /** Bytes to read from where the file stands, at most. */
  readonly length: number;
}

/**
 * What is read of `file`, which the stream closes when it ends, fails or is cancelled. An error of
 * the system is a `StorageError`.
 */
export function fileContents(
  file: Deno.FsFile,
  { path, length }: FileContentsOptions,
): ReadableStream<Uint8Array> {
  let left = length;
  return new ReadableStream({
    async pull(controller) {
      try {
        const piece = new Uint8Array(Math.min(PIECE, left));
        const count = left === 0 ? null : await file.read(piece);
        if (count === null) {
          file.close();
          return controller.close();
        }
        left -= count;
        controller.enqueue(piece.subarray(0, count));
      } catch (error) {
        file.close();
        throw diskError(error, `read ${JSON.stringify(path)}`);
      }
    },
    cancel: () => file.close(),
  }, { highWaterMark: 0 });
}
