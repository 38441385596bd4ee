import { quotedPath } from "../../shared/text/quoted.ts";
import { MAX_TEXT_FILE_SIZE } from "../../shared/text/text.ts";
import { ClientError, localError, systemReason } from "../client_error.ts";

/**
 * The content of a small text file, or undefined if it does not exist. Reads at most one byte more
 * than allowed, so that the caller can detect a file that is too large. Throws a `ClientError` when
 * it cannot be read. The calls are synchronous, as those of `lookAtFile()`.
 */
export function readSmallFile(path: string): Promise<Uint8Array | undefined> {
  return Promise.try(() => read(path));
}

function read(path: string): Uint8Array | undefined {
  try {
    // Checked before opening: opening a pipe would wait for a writer.
    if (!isOrdinary(Deno.statSync(path))) {
      throw localError(
        "bad-configuration",
        `Cannot read ${quotedPath(path)}: it is no regular file`,
      );
    }
    using file = Deno.openSync(path);
    const buffer = new Uint8Array(MAX_TEXT_FILE_SIZE + 1);
    let size = 0;
    while (size < buffer.byteLength) {
      const got = file.readSync(buffer.subarray(size));
      if (got === null) break;
      size += got;
    }
    return buffer.slice(0, size);
  } catch (error) {
    if (error instanceof ClientError) throw error;
    if (error instanceof Deno.errors.NotFound) return undefined;
    const why = error instanceof Deno.errors.PermissionDenied
      ? "it is not readable for you; check its permissions"
      : error instanceof Deno.errors.IsADirectory
      ? "it is a folder"
      : systemReason(error);
    throw localError("bad-configuration", `Cannot read ${quotedPath(path)}: ${why}`, error);
  }
}

/** Folders pass: opening or reading one gives a clear error. */
function isOrdinary({ isFile, isDirectory }: Deno.FileInfo): boolean {
  return isFile || isDirectory;
}
