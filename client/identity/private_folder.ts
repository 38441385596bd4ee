import { cannotWrite } from "./write_error.ts";

/**
 * Creates a folder with access for its owner alone, unless it exists; with `recursive`, its parents
 * too. Throws a `ClientError` (`identity-not-writable`) when that fails.
 */
export async function makePrivateFolder(
  path: string,
  { recursive = false }: { readonly recursive?: boolean } = {},
): Promise<void> {
  for (let tries = 1;; tries++) {
    try {
      return await Deno.mkdir(path, { recursive, mode: 0o700 });
    } catch (error) {
      if (!(error instanceof Deno.errors.AlreadyExists)) throw cannotWrite(path, error);
      const there = await Deno.stat(path).catch(() => undefined);
      if (there?.isDirectory) return;
      // Another client may have removed it since, and may create it again at any moment; only a
      // dangling link remains.
      if (there !== undefined || tries === MOST_TRIES) throw cannotWrite(path, error);
    }
  }
}

/** How often other clients may remove the folder while it is being created. */
const MOST_TRIES = 100;
