import { cannotWrite } from "./write_error.ts";

/**
 * Makes a folder that only its owner reads, unless it is there; with `recursive` those above it too. Throws a
 * `ClientError` (`identity-not-writable`) when that fails.
 */
export async function makePrivateFolder(
  path: string,
  { recursive = false }: { readonly recursive?: boolean } = {},
): Promise<void> {
  try {
    await Deno.mkdir(path, { recursive, mode: 0o700 });
  } catch (error) {
    const isThere = error instanceof Deno.errors.AlreadyExists &&
      await Deno.stat(path).then(({ isDirectory }) => isDirectory, () => false);
    if (!isThere) throw cannotWrite(path, error);
  }
}
