import { join } from "node:path";

/** Makes a file of random bytes. */
export async function makeRandomFile(path: string, size: number): Promise<void> {
  using file = await Deno.create(path);
  const piece = new Uint8Array(64 * 1024);
  for (let left = size; left > 0; left -= piece.byteLength) {
    const bytes = crypto.getRandomValues(piece).subarray(0, left);
    for (let rest = bytes; rest.byteLength > 0;) rest = rest.subarray(await file.write(rest));
  }
}

/** Whether two files have the same bytes. Reads both in pieces. */
export async function sameContents(a: string, b: string): Promise<boolean> {
  using left = await Deno.open(a);
  using right = await Deno.open(b);
  const [one, other] = [new Uint8Array(256 * 1024), new Uint8Array(256 * 1024)];
  for (;;) {
    const [size, same] = [await fill(left, one), await fill(right, other)];
    if (size !== same || one.subarray(0, size).some((byte, at) => byte !== other[at])) return false;
    if (size === 0) return true;
  }
}

/** Paths of all files below a folder. */
export function* filesBelow(folder: string): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    const path = join(folder, name);
    if (isDirectory) yield* filesBelow(path);
    else yield path;
  }
}

async function fill(file: Deno.FsFile, buffer: Uint8Array): Promise<number> {
  let filled = 0;
  while (filled < buffer.byteLength) {
    const read = await file.read(buffer.subarray(filled));
    if (read === null) break;
    filled += read;
  }
  return filled;
}
