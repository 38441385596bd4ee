import { cannotWrite } from "./write_error.ts";

/**
 * Makes a folder that only its owner reads, unless it is there; with `recursive` those above it too. Throws a
 * `ClientError` (`identity-not-writable`) when that fails.
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
      const there = await kindOf(path);
      if (there === "folder") return;
      // Another client has removed it since: that one was the last to leave it.
      if (there !== "nothing" || tries === MOST_TRIES) throw cannotWrite(path, error);
    }
  }
}

/** How often others may remove the folder while it is being made. */
const MOST_TRIES = 100;

async function kindOf(path: string): Promise<"folder" | "nothing" | "other"> {
  try {
    return (await Deno.stat(path)).isDirectory ? "folder" : "other";
  } catch (error) {
    // A link that leads nowhere has the name, too.
    const named = await Deno.lstat(path).then(() => true, () => false);
    return !named && error instanceof Deno.errors.NotFound ? "nothing" : "other";
  }
}
