import { ROOT } from "./root.ts";
import { ReleaseError } from "./release_error.ts";

/** Maximum minutes for a command: enough for the largest download, 50 MB, on a slow network. */
const LIMIT = 20;

export interface RunOptions {
  /** The folder to run in; the project's by default. */
  readonly cwd?: string;
  /** Additional variables. */
  readonly env?: Readonly<Record<string, string>>;
  /** Maximum minutes. Default: 20. */
  readonly minutes?: number;
}

/** The result of a command. */
export interface Ended {
  readonly success: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs the current Deno executable, without colours. Throws a `ReleaseError` if it takes too long.
 */
export async function runDeno(
  args: readonly string[],
  { cwd = ROOT, env = {}, minutes = LIMIT }: RunOptions = {},
): Promise<Ended> {
  const limit = AbortSignal.timeout(minutes * 60_000);
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd,
    env: { NO_COLOR: "1", ...env },
    stdin: "null",
    signal: limit,
  }).output();
  if (limit.aborted) {
    throw new ReleaseError(`deno ${args[0]} did not end within ${minutes} minutes`);
  }
  const decoder = new TextDecoder();
  return { success, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/** A line with a cause. Several causes are numbered. */
const CAUSE = /^(?:error: | +\d+: |Caused by:\n {4}(?!\d+: ))(.+?)\.?$/gm;

/**
 * Summarises Deno's error output in one line: the two innermost causes that add something to those
 * around them, without the backtrace.
 */
export function faultIn(stderr: string): string {
  const [said = ""] = stderr.split(/^Stack backtrace:$/m);
  const causes: string[] = [];
  for (const [, cause = ""] of said.matchAll(CAUSE)) {
    if (!causes.some((outer) => outer.includes(cause))) causes.push(cause);
  }
  return causes.slice(-2).join(": ") || said.trim().split("\n").at(-1) || "it gave no reason";
}
