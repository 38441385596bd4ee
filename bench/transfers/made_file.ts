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
