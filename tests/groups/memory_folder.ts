import { statfsSync } from "node:fs";

/** What Linux calls the type of a file system in memory: TMPFS_MAGIC of linux/magic.h. */
const TMPFS = 0x01021994;

/** Bytes that have to be free: a multiple of what the tests that run at a time have in files. */
const ENOUGH = 4 * 1024 ** 3;

/**
 * A folder in memory for the files of tests: that of Linux, if so many bytes are free in it.
 * Undefined where there is none, or where nothing can be written there.
 */
export function memoryFolder(path = "/dev/shm", enough: number = ENOUGH): string | undefined {
  if (Deno.build.os !== "linux") return undefined;
  try {
    const { type, bavail, bsize } = statfsSync(path);
    if (type !== TMPFS || bavail * bsize < enough) return undefined;
    Deno.removeSync(Deno.makeTempDirSync({ dir: path }));
    return path;
  } catch {
    return undefined;
  }
}
