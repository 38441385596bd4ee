import type { Environment } from "./variable.ts";

/** The abilities of a stream. */
export interface Display {
  /** Whether lines can be drawn over. */
  readonly isTerminal: boolean;
  readonly colors: boolean;
}

/** The abilities of a standard stream; a terminal of type `dumb` counts as a pipe. */
export function displayOf(
  stream: { readonly isTerminal: () => boolean },
  env: Environment,
): Display {
  const isTerminal = stream.isTerminal() && env("TERM") !== "dumb";
  return { isTerminal, colors: isTerminal && !env("NO_COLOR") };
}

const RED = "\x1b[1;31m";
const RESET = "\x1b[0m";

/** A line with its word for an error, if any, in red if `colors` is set. */
export function withErrorColor(line: string, colors: boolean): string {
  return colors ? line.replace(/^(?:error|Fatal):/, (word) => `${RED}${word}${RESET}`) : line;
}
