import type { ContentCheck, RemoteFile } from "./remote_files.ts";

/** Bytes that are read at once. */
const READ = 256 * 1024;

/**
 * Whether the file at a path has the contents of a stored one, whatever its time is: a system may
 * not keep that, a server may not know it, and another computer has another one. False for a file
 * that cannot be read.
 */
export async function hasContents(
  path: string,
  file: RemoteFile,
  { check }: { readonly check: (file: RemoteFile) => Promise<ContentCheck> },
): Promise<boolean> {
  const comparison = await check(file);
  try {
    using local = await Deno.open(path);
    const { isFile, size } = await local.stat();
    if (!isFile || size !== file.size) return false;
    const buffer = new Uint8Array(READ);
    let left = size;
    // One that grows meanwhile has no end.
    for (let read; left >= 0 && (read = await local.read(buffer)) !== null; left -= read) {
      comparison.add(buffer.subarray(0, read));
    }
  } catch {
    return false;
  }
  return comparison.matches();
}
