/**
 * Creates a folder for working files in `parent`, runs `work` with it, and removes it in any case.
 * It is on the disk of the output, so that files can be moved there atomically; and Deno 2.4 denies
 * a program with these permissions the system's temporary folder.
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
