/**
 * Syncs the names in the folder at `path`. On Windows they always are on disk. Throws the system's
 * error.
 */
export async function syncNames(path: string): Promise<void> {
  if (Deno.build.os === "windows") return;
  using folder = Deno.openSync(path, { read: true });
  await folder.sync();
}
