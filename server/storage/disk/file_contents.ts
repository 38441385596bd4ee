import { diskError } from "./disk_error.ts";

/** Bytes read in one call. */
const PIECE = 64 * 1024;

export interface FileContentsOptions {
  /** The file's path, for messages. */
  readonly path: string;
  /** Maximum bytes to read from the current position. */
  readonly length: number;
}

/**
 * Returns the contents of `file` as a stream, which closes the file when it ends, fails or is
 * cancelled. System errors are reported as a `StorageError`.
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
