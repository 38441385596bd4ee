import { basename, dirname, join, resolve } from "node:path";

/** The name of the database in a data folder, as fixed by the course. */
export const DATABASE = "defensive.db";

/**
 * Returns the file to lock for the database at `path`: `lock` in the same folder if the database
 * has its usual name, as that is the lock of a data folder, and `<path>.lock` otherwise. Follows
 * links. Returns undefined if there is no such folder.
 */
export async function lockPath(path: string): Promise<string | undefined> {
  const real = await realPath(path) ?? join(await realPath(dirname(path)) ?? "", basename(path));
  if (real === basename(path)) return undefined;
  return basename(real) === DATABASE ? join(dirname(real), "lock") : `${real}.lock`;
}

async function realPath(path: string): Promise<string | undefined> {
  try {
    return await Deno.realPath(resolve(path));
  } catch (error) {
    // Any other fault is found when the database is opened.
    if (error instanceof Error) return undefined;
    throw error;
  }
}
