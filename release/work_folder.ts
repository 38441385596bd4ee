/**
 * Makes a folder for working files in `parent`, works in it, and removes it whatever happens. It is
 * on the disk of what is made, where a file can be moved into place whole; and Deno 2.4 does not
 * let a program with these permissions into the system's temporary folder.
 */
export async function withWorkFolder<T>(
  parent: string,
  work: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = await Deno.makeTempDir({ dir: parent, prefix: ".sealpost_release_" });
  try {
    // Its real path, since Deno resolves links in the paths of modules.
    return await work(await Deno.realPath(folder));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
