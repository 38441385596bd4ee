import { cannotWrite } from "./write_error.ts";

/**
 * Makes a folder that only its owner reads, unless it is there; with `recursive` those above it
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
      // Another client may have removed it since, and may make it again at any moment: only a link
      // that leads nowhere stays like that.
      if (there !== undefined || tries === MOST_TRIES) throw cannotWrite(path, error);
    }
  }
}

/** How often others may remove the folder while it is being made. */
const MOST_TRIES = 100;
