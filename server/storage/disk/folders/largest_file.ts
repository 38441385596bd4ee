import { statfsSync } from "node:fs";
import { join } from "node:path";
import { systemFault } from "../../system/system_fault.ts";

/** File systems, by Linux's numbers, that write zeros when a file is extended: FAT, exFAT. */
const FILLING: readonly number[] = [0x4d44, 0x2011bab0];

/**
 * Returns the maximum size in bytes, up to `most`, that this process can give to a file in the
 * folder at `folder`. `ulimit -f` and the file system set a limit. It is found by extending an
 * empty file, which takes no space on the disk. Reading the limit itself would need all
 * permissions.
 *
 * Exceeding the limit ends a process that does not handle SIGXFSZ.
 */
export async function largestFileSize(folder: string, most: number): Promise<number> {
  if (Deno.build.os === "windows" || isFilling(folder)) return most;
  const random = crypto.getRandomValues(new Uint8Array(16));
  const name = Array.from(random, (byte) => byte.toString(16).padStart(2, "0")).join("");
  // Named like staged contents, so that the next start removes it if this process ends here.
  const path = join(folder, `${name}.part`);
  try {
    using file = await Deno.open(path, { createNew: true, write: true, mode: 0o600 });
    if (await canHave(file, most)) return most;
    let [possible, impossible] = [0, most];
    while (impossible - possible > 1) {
      const size = Math.floor((possible + impossible) / 2);
      if (await canHave(file, size)) possible = size;
      else impossible = size;
    }
    return possible;
  } finally {
    await Deno.remove(path).catch(() => {});
  }
}

async function canHave(file: Deno.FsFile, size: number): Promise<boolean> {
  try {
    await file.truncate(size);
    return true;
  } catch (error) {
    // Any other error does not come from the size.
    return systemFault(error) !== "too-large";
  }
}

function isFilling(folder: string): boolean {
  try {
    return FILLING.includes(statfsSync(folder).type);
  } catch (error) {
    if (error instanceof Error) return true;
    throw error;
  }
}
