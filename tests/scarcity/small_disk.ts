import { join } from "node:path";

/** A disk of its own, so small that a test can fill it. */
export interface SmallDisk extends AsyncDisposable {
  /** Where it is mounted. */
  readonly path: string;
  /** Takes all the room there is but so many bytes. */
  fill(left: number): Promise<void>;
  /** Gives the room back. */
  empty(): Promise<void>;
  /** Allows no writes from now on. */
  makeReadOnly(): Promise<void>;
}

/**
 * Mounts a disk of `size` bytes in memory, in a folder of its own or over that at `over`; undefined
 * where tests may not mount.
 */
export async function smallDisk(
  size: number,
  { over }: { readonly over?: string } = {},
): Promise<SmallDisk | undefined> {
  const path = over ?? await Deno.makeTempDir({ prefix: "sealpost_" });
  if (!await runs("mount", "-t", "tmpfs", "-o", `size=${size}`, "tmpfs", path)) {
    if (over === undefined) await Deno.remove(path);
    return undefined;
  }
  const ballast = join(path, "ballast");
  return {
    path,
    async fill(left) {
      using file = await Deno.open(ballast, { write: true, create: true, append: true });
      const piece = new Uint8Array(16 * 1024);
      try {
        for (;;) await file.write(piece);
      } catch {
        // Full: what the system calls it is of no interest here.
      }
      await file.truncate(Math.max(0, (await file.stat()).size - left));
    },
    async empty() {
      await Deno.truncate(ballast);
    },
    async makeReadOnly() {
      if (!await runs("mount", "-o", "remount,ro", path)) throw new Error("Cannot remount");
    },
    async [Symbol.asyncDispose]() {
      // A thread that has just ended may hold a file for a moment: what is detached is free later.
      if (!await runs("umount", path)) await runs("umount", "-l", path);
      if (over === undefined) await Deno.remove(path);
    },
  };
}

/** Whether tests may mount a disk here. */
export async function mayMount(): Promise<boolean> {
  if (Deno.build.os !== "linux") return false;
  const disk = await smallDisk(64 * 1024);
  await disk?.[Symbol.asyncDispose]();
  return disk !== undefined;
}

async function runs(name: string, ...args: readonly string[]): Promise<boolean> {
  try {
    const command = new Deno.Command(name, { args: [...args], stdout: "null", stderr: "null" });
    return (await command.output()).success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    if (error instanceof Deno.errors.NotCapable) return false;
    throw error;
  }
}
