/**
 * Whether a regular file is at `path`, or nothing: opening a pipe would wait for its other end.
 * Follows links. Throws the system's error if it cannot tell.
 */
export async function isFileOrFree(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return true;
    throw error;
  }
}
