import { join } from "node:path";

const PIECE = 65_536;

/** Creates a file of `size` incompressible bytes and returns its path. */
export async function madeFile(folder: string, name: string, size: number): Promise<string> {
  const path = join(folder, name);
  using file = await Deno.open(path, { write: true, create: true, truncate: true });
  const piece = new Uint8Array(PIECE);
  for (let left = size; left > 0; left -= piece.byteLength) {
    crypto.getRandomValues(piece);
    const part = piece.subarray(0, Math.min(left, PIECE));
    for (let at = 0; at < part.byteLength;) at += await file.write(part.subarray(at));
  }
  return path;
}

/** Creates a folder of such files, and returns its path and theirs. */
export async function madeFolder(
  within: string,
  { name, files: count, bytes }: {
    readonly name: string;
    readonly files: number;
    /** The size of each file. */
    readonly bytes: number;
  },
): Promise<{ readonly path: string; readonly files: readonly string[] }> {
  const path = join(within, name);
  await Deno.mkdir(path);
  const files: string[] = [];
  for (let n = 0; n < count; n++) files.push(await madeFile(path, `file_${n}.bin`, bytes));
  return { path, files };
}
