import type { Command } from "./timed.ts";

/** What a transfer took, in seconds. */
export interface Cost {
  readonly seconds: number;
  /** Processor time of the client, with all that it started. */
  readonly client: number;
  /** Processor time of the server meanwhile. */
  readonly server: number;
}

/** Ticks of processor time in a second, which Linux has on every machine in use. */
const TICKS = 100;

/**
 * Milliseconds from the end of a client until the processor time of the server is read: what it
 * does for a file that is there already belongs to the file.
 */
const AFTERMATH = 250;

/** The shell says what its child took; its own start does not count. */
const TIMED = 'TIMEFORMAT="%3R %3U %3S"; time "$@"';

/**
 * Runs a client to its end, and reads what it and its server took. `server` is the id of the
 * server's process; that of a process which it starts for a client counts once this has ended.
 * Throws with what the client says if it fails.
 */
export async function costOf(client: Command, server: number): Promise<Cost> {
  const before = await processorTime(server);
  const [program, ...args] = client;
  const { success, stderr } = await new Deno.Command("bash", {
    args: ["-c", TIMED, "bash", program, ...args],
    // The decimal point of the shell is that of the language.
    env: { LC_ALL: "C" },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).output();
  const said = new TextDecoder().decode(stderr).trim();
  if (!success) throw new Error(`"${client.join(" ")}" failed: ${said}`);
  const [seconds = NaN, user = NaN, system = NaN] = (said.split("\n").at(-1) ?? "").split(" ")
    .map(Number);
  await afterwork();
  return { seconds, client: user + system, server: await processorTime(server) - before };
}

/** Resolves when a server has done what belongs to the transfer that has ended just now. */
export async function afterwork(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, AFTERMATH));
}

/** Seconds of processor time of a process and of its children that have ended; Linux only. */
export async function processorTime(pid: number): Promise<number> {
  // Deno itself can read `/proc` only with all permissions.
  const { stdout } = await new Deno.Command("cat", { args: [`/proc/${pid}/stat`] }).output();
  return processorTimeIn(new TextDecoder().decode(stdout));
}

/** The same from the text of `/proc/PID/stat`; NaN without one. */
export function processorTimeIn(stat: string): number {
  // The name of the program, in parentheses, may have anything in it. The third field follows.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ").slice(11, 15).map(Number);
  return fields.length < 4 ? NaN : fields.reduce((sum, ticks) => sum + ticks, 0) / TICKS;
}
