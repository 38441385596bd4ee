import { diskError } from "./disk_error.ts";

/**
 * Takes from the file at `path` what is behind so many bytes, durably. Does nothing if there is not
 * more, or no file, which an upload of no bytes does not have. Throws a `StorageError`.
 */
export async function cutOff(path: string, end: number): Promise<void> {
  try {
    const { size } = await Deno.lstat(path);
    if (size <= end) return;
    using file = await Deno.open(path, { write: true });
    await file.truncate(end);
    await file.sync();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    throw diskError(error, `cut ${JSON.stringify(path)} to its ${end} bytes`);
  }
}
