import { statfsSync } from "node:fs";

/** What Linux calls the type of a file system in memory: TMPFS_MAGIC of linux/magic.h. */
const TMPFS = 0x01021994;

/** Bytes that have to be free: a multiple of what the tests that run at a time have in files. */
const ENOUGH = 4 * 1024 ** 3;

/**
 * A folder in memory for the files of tests: that of Linux, if so many bytes are free in it.
 * Undefined where there is none, and where no script can be written there and run, as on a system
 * that forbids it for this folder.
 */
export function memoryFolder(path = "/dev/shm", enough: number = ENOUGH): string | undefined {
  if (Deno.build.os !== "linux") return undefined;
  try {
    const { type, bavail, bsize } = statfsSync(path);
    if (type !== TMPFS || bavail * bsize < enough) return undefined;
    return runsScripts(path) ? path : undefined;
  } catch {
    return undefined;
  }
}

function runsScripts(folder: string): boolean {
  const own = Deno.makeTempDirSync({ dir: folder });
  try {
    const script = `${own}/script`;
    Deno.writeTextFileSync(script, "#!/bin/sh\nexit 0\n", { mode: 0o755 });
    // By a shell: the tests may not run programs of any path.
    return new Deno.Command("sh", { args: ["-c", '"$0"', script] }).outputSync().success;
  } finally {
    Deno.removeSync(own, { recursive: true });
  }
}
