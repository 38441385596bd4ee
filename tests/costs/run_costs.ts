import assert from "node:assert/strict";
import { join } from "node:path";
import { ROOT, taskWords } from "../end_to_end/fixtures/program.ts";
import { isInstalled, runTool } from "../end_to_end/fixtures/tool.ts";

/** What is added to the title of a test that measures processes; empty where it can. */
export const NO_BASH = await isInstalled("bash") ? "" : " (ignored: no bash)";

/** Seconds that a process took. */
export interface RunCosts {
  /** Of its own processor time, in the user's mode and the kernel's. */
  readonly processor: number;
  readonly wall: number;
}

/** The arguments of Deno with which the task `client` runs, and those of the client. */
export function clientWords(args: readonly string[]): readonly string[] {
  const [, ...words] = taskWords("client");
  return [...words.slice(0, -1), join(ROOT, words.at(-1) ?? ""), ...args];
}

/** Runs Deno as a process, which must not fail. */
export async function runCosts(args: readonly string[]): Promise<RunCosts> {
  const timed = 'TIMEFORMAT="%3U %3S %3R"; time "$@"';
  const { code, stderr } = await runTool("bash", ["-c", timed, "bash", Deno.execPath(), ...args], {
    cwd: ROOT,
    env: { NO_COLOR: "1", LC_ALL: "C" },
  });
  assert.equal(code, 0, stderr);
  const [user = NaN, system = NaN, wall = NaN] = stderr.trim().split(" ").map(Number);
  return { processor: user + system, wall };
}
