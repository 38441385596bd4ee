import { diskError } from "../disk_error.ts";

/** Bytes read in one call, unless the caller wants another number. */
const PIECE = 64 * 1024;

export interface FileContentsOptions {
  /** The file's path, for messages. */
  readonly path: string;
  /** Maximum bytes to read from the current position. */
  readonly length: number;
  /** Bytes to read in one call. */
  readonly piece?: number;
  /** Called when the file is closed. */
  readonly onClosed?: () => void;
}

/**
 * Returns the contents of `file` as a stream, which closes the file when it ends, fails or is
 * cancelled. System errors are reported as a `StorageError`.
 */
export function fileContents(
  file: Deno.FsFile,
  { path, length, piece: most = PIECE, onClosed = () => {} }: FileContentsOptions,
): ReadableStream<Uint8Array> {
  let left = length;
  const close = () => {
    file.close();
    onClosed();
  };
  return new ReadableStream({
    async pull(controller) {
      try {
        const piece = new Uint8Array(Math.min(most, left));
        const count = left === 0 ? null : await file.read(piece);
        if (count === null) {
          close();
          return controller.close();
        }
        left -= count;
        controller.enqueue(piece.subarray(0, count));
      } catch (error) {
        close();
        throw diskError(error, `read ${JSON.stringify(path)}`);
      }
    },
    cancel: close,
  }, { highWaterMark: 0 });
}
