/** One run of a command. */
export interface Run {
  /** Seconds from its start to its end. */
  readonly seconds: number;
  /** The most memory that it had at a time, in bytes, if it was looked at; Linux only. */
  readonly peak: number | undefined;
}

/** A command: the program and its arguments. */
export type Command = readonly [string, ...string[]];

/**
 * Runs a command to its end. With `look`, its memory is looked at every so many milliseconds, for
 * which a process is started that takes time too: not where seconds count. Throws with what the
 * command printed when it fails.
 */
export async function timed(
  [program, ...args]: Command,
  { look }: { readonly look?: number } = {},
): Promise<Run> {
  const begun = performance.now();
  const child = new Deno.Command(program, {
    args,
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  let peak: number | undefined;
  // Its peak never goes down: the last look counts.
  const timer = look && setInterval(() => peak = peakMemory(child.pid) ?? peak, look);
  const { success, stderr } = await child.output();
  const seconds = (performance.now() - begun) / 1000;
  clearInterval(timer);
  if (success) return { seconds, peak };
  throw new Error(`"${program}" failed: ${new TextDecoder().decode(stderr).trim()}`);
}

/**
 * The most memory that a process had at a time, in bytes; undefined where the system does not tell.
 */
export function peakMemory(pid: number): number | undefined {
  try {
    // Deno itself may read what the system says of processes only with all permissions.
    const { stdout } = new Deno.Command("cat", {
      args: [`/proc/${pid}/status`],
      stderr: "null",
    }).outputSync();
    const [, kib] = /^VmHWM:\s+(\d+) kB$/m.exec(new TextDecoder().decode(stdout)) ?? [];
    return kib === undefined ? undefined : Number(kib) * 1024;
  } catch {
    return undefined;
  }
}

/** The value in the middle; of an even number of them, the lower one of two. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? NaN;
}
