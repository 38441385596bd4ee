import { ROOT } from "../end_to_end/fixtures/program.ts";
import { NO_TERMINAL, Terminal } from "./terminal.ts";

/** Variables. */
export type Env = Readonly<Record<string, string>>;

/** Declares a test that needs a terminal. */
export function onTerminal(name: string, fn: () => Promise<void>): void {
  Deno.test({ name: `${name}${NO_TERMINAL}`, ignore: NO_TERMINAL !== "", fn });
}

/** What a task shows on a terminal of 80 columns. */
export async function shownBy(args: readonly string[], env: Env = {}): Promise<string> {
  const clean = { NO_COLOR: "", SEALPOST_DATA: "", INIT_CWD: ROOT, ...env };
  const command = [Deno.execPath(), "task", ...args] as const;
  // A question without an answer would have the test wait for long.
  const lifeLimit = 120_000;
  await using terminal = await Terminal.start(command, { cwd: ROOT, env: clean, lifeLimit });
  // The task runner first clears a line of its own, over and over.
  return (await terminal.ended()).screen.replaceAll("\x1b[0G\x1b[2K\x1b[J", "");
}
