/**
 * Resolves when the names in the folder at `path` are on the disk. On Windows they always are. An
 * error is that of the system.
 */
export async function syncNames(path: string): Promise<void> {
  if (Deno.build.os === "windows") return;
  using folder = Deno.openSync(path, { read: true });
  await folder.sync();
}
