import { statfsSync } from "node:fs";
import { join } from "node:path";
import { systemFault } from "../system_fault.ts";

/**
 * File systems, by Linux's numbers, that fill what a file grows by with zeros at once: FAT, exFAT.
 */
const FILLING: readonly number[] = [0x4d44, 0x2011bab0];

/**
 * The most bytes, up to `most`, that a file in the folder at `folder` can have for this process:
 * `ulimit -f`, or what the file system has room for in its own numbers, sets a limit. It is found
 * by making an empty file larger, which takes no room on the disk. The limit itself can be read
 * only with all permissions there are.
 *
 * To exceed it ends a process that does not listen to SIGXFSZ.
 */
export async function largestFileSize(folder: string, most: number): Promise<number> {
  if (Deno.build.os === "windows" || isFilling(folder)) return most;
  const random = crypto.getRandomValues(new Uint8Array(16));
  const name = Array.from(random, (byte) => byte.toString(16).padStart(2, "0")).join("");
  // Named as contents in staging are, so that a start removes it if this one is ended here.
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
    // Any other trouble does not come from the size.
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
