import { basename, dirname, join, resolve } from "node:path";

/** The name that the database has in a data folder: the one that the course fixes. */
export const DATABASE = "defensive.db";

/**
 * The file to lock for the database at `path`, whoever uses it: `lock` beside it, which is that of
 * the data folder, if it has the name that it has there, and `<path>.lock` otherwise. Links are
 * followed. Undefined when there is no folder to have it in.
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
    // Whatever else it is, shows when the database is opened.
    if (error instanceof Error) return undefined;
    throw error;
  }
}
