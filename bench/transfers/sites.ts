/** Where programs of protocol 4 run: on a disk, in memory, or at the ends of a delayed line. */
import { openDelayedLine } from "../latency/delayed_line.ts";
import { type OpenSsh, startOpenSsh } from "./openssh.ts";
import { type OwnPrograms, startOwn } from "./own_programs.ts";

/** Programs that wait for commands, in a folder of their own, which is removed at the end. */
export interface Site extends AsyncDisposable {
  readonly folder: string;
  readonly own: OwnPrograms;
  /** Undefined if there is none to compare with. */
  readonly ssh: OpenSsh | undefined;
  /** Whether each round trip takes a while. */
  readonly isFar: boolean;
}

/** How a site is set up. */
export interface SiteOptions {
  /** The folder in which it has its own. */
  readonly within: string;
  /** Bytes of memory for all files; they are on the disk by default. */
  readonly memory?: number;
  /** Milliseconds of a round trip between clients and servers; loopback by default. */
  readonly roundTrip?: number;
}

/** Sets a site up. Returns the reason if it cannot have what is asked for. */
export async function openSite(options: SiteOptions): Promise<Site | string> {
  const { within, memory, roundTrip } = options;
  await using stack = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir({ dir: within, prefix: "sealpost_bench_" });
  stack.defer(() => Deno.remove(folder, { recursive: true }));
  if (memory !== undefined) {
    const said = await called("mount", ["-t", "tmpfs", "-o", `size=${memory}`, "tmpfs", folder]);
    if (said !== undefined) return `no memory file system can be mounted: ${said}`;
    stack.defer(async () => void await called("umount", [folder]));
  }
  const line = roundTrip === undefined ? undefined : await openDelayedLine(folder, { roundTrip });
  if (typeof line === "string") return line;
  if (line !== undefined) stack.use(line);
  const places = line === undefined
    ? {}
    : { address: line.far.address, server: line.far.through, client: line.near.through };
  const own = stack.use(await startOwn(folder, places));
  const started = await startOpenSsh(folder, places);
  const ssh = typeof started === "string" ? undefined : stack.use(started);
  const kept = stack.move();
  const isFar = line !== undefined;
  return { folder, own, ssh, isFar, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

/** Bytes of memory that programs can have without any being written to a disk; Linux only. */
export async function availableMemory(): Promise<number> {
  // Deno itself can read `/proc` only with all permissions.
  const { stdout } = await new Deno.Command("cat", { args: ["/proc/meminfo"] }).output();
  const [, kib] = /^MemAvailable:\s+(\d+) kB$/m.exec(new TextDecoder().decode(stdout)) ?? [];
  return Number(kib ?? 0) * 1024;
}

/** Runs a program; returns what it says if it fails. */
async function called(program: string, args: readonly string[]): Promise<string | undefined> {
  const { success, stderr } = await new Deno.Command(program, { args: [...args] }).output();
  return success ? undefined : new TextDecoder().decode(stderr).trim();
}
