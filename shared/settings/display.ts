import type { Environment } from "./variable.ts";

/** What a stream can show. */
export interface Display {
  /** Whether lines can be drawn over. */
  readonly isTerminal: boolean;
  readonly colors: boolean;
}

/** What a standard stream can show: a terminal that calls itself dumb no more than a pipe. */
export function displayOf(
  stream: { readonly isTerminal: () => boolean },
  env: Environment,
): Display {
  const isTerminal = stream.isTerminal() && env("TERM") !== "dumb";
  return { isTerminal, colors: isTerminal && !env("NO_COLOR") };
}

const RED = "\x1b[1;31m";
const RESET = "\x1b[0m";

/** A line with the word in red that says that it is about an error, if it has that and is to have colours. */
export function withErrorColor(line: string, colors: boolean): string {
  return colors ? line.replace(/^(?:error|Fatal):/, (word) => `${RED}${word}${RESET}`) : line;
}
