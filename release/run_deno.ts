import { ROOT } from "./root.ts";
import { ReleaseError } from "./release_error.ts";

/** Minutes that a command may take: the largest download, 50 MB, over a slow line. */
const LIMIT = 20;

/** How Deno is run beside its arguments. */
export interface RunOptions {
  /** The folder to run in; the project's by default. */
  readonly cwd?: string;
  /** Variables beside those of this process. */
  readonly env?: Readonly<Record<string, string>>;
  /** Minutes that it may take; 20 by default. */
  readonly minutes?: number;
}

/** What a command left. */
export interface Ended {
  readonly success: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs the Deno that runs this, without colours, to its end. Throws a `ReleaseError` when it takes
 * too long.
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

/** A line with a cause. They are numbered when there are several. */
const CAUSE = /^(?:error: | +\d+: |Caused by:\n {4}(?!\d+: ))(.+?)\.?$/gm;

/**
 * What Deno says of its failure, in one line: the two innermost causes that say something that
 * those around them do not, without the backtrace.
 */
export function faultIn(stderr: string): string {
  const [said = ""] = stderr.split(/^Stack backtrace:$/m);
  const causes: string[] = [];
  for (const [, cause = ""] of said.matchAll(CAUSE)) {
    if (!causes.some((outer) => outer.includes(cause))) causes.push(cause);
  }
  return causes.slice(-2).join(": ") || said.trim().split("\n").at(-1) || "it gave no reason";
}
