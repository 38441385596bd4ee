/** One run of a command. */
export interface Run {
  /** Seconds from its start to its end. */
  readonly seconds: number;
  /** The peak memory in bytes, if it was measured; Linux only. */
  readonly peak: number | undefined;
}

/** A command: the program and its arguments. */
export type Command = readonly [string, ...string[]];

/**
 * Runs a command. With `look`, its memory is measured every `look` milliseconds, each time by
 * starting a process, which distorts the time. Throws with the command's output if it fails.
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
  // The peak never decreases: the last value is used.
  const timer = look && setInterval(() => peak = peakMemory(child.pid) ?? peak, look);
  const { success, stderr } = await child.output();
  const seconds = (performance.now() - begun) / 1000;
  clearInterval(timer);
  if (success) return { seconds, peak };
  throw new Error(`"${program}" failed: ${new TextDecoder().decode(stderr).trim()}`);
}

/** Returns the peak memory of a process in bytes; undefined if the system does not tell. */
export function peakMemory(pid: number): number | undefined {
  try {
    // Deno itself can read `/proc` only with all permissions.
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

/** Returns the median; of an even number of values, the lower of the middle two. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? NaN;
}
