/**
 * Whether a regular file is at `path`, or nothing: to open a pipe, one would wait for its other
 * end. Links are followed. Throws what the system says when it cannot tell.
 */
export async function isFileOrFree(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return true;
    throw error;
  }
}
