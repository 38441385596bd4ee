import { messageOf } from "../text/quoted.ts";
import type { Environment } from "./setting.ts";

/** A stream for bytes: `Deno.stdout`, `Deno.stderr`. */
export interface OutputStream {
  /** Writes some of the bytes; returns how many. */
  writeSync(bytes: Uint8Array): number;
}

/** The advice when the disk, or the user's part of it, is full. */
const ROOM = "make room for it";

/** The advice after any other fault. */
const ANOTHER = "redirect it to where it can be written";

/**
 * Writes text to a stream that may be closed or full. Neither ends the program: from then on
 * nothing is written. A closed pipe is not a fault (`... | head` closes it), a full disk is one.
 */
export class Output {
  readonly #stream: OutputStream;
  readonly #name: string;
  #ended = false;
  #fault: string | undefined;

  /** `name` is the name of the stream in messages. */
  constructor(stream: OutputStream, name: string) {
    this.#stream = stream;
    this.#name = name;
  }

  /** A line about why not all could be written; undefined if all was, or the pipe was closed. */
  get fault(): string | undefined {
    return this.#fault;
  }

  /** Whether nothing is written any more. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Writes a text as UTF-8, if possible. */
  write(text: string): void {
    this.writeBytes(new TextEncoder().encode(text));
  }

  /** Writes bytes, if possible. */
  writeBytes(bytes: Uint8Array): void {
    if (this.#ended) return;
    try {
      for (let rest = bytes; rest.byteLength > 0;) {
        rest = rest.subarray(this.#stream.writeSync(rest));
      }
    } catch (error) {
      this.#ended = true;
      if (error instanceof Deno.errors.BrokenPipe) return;
      const code = error instanceof Error && "code" in error ? error.code : undefined;
      const advice = code === "ENOSPC" || code === "EDQUOT" ? ROOM : ANOTHER;
      this.#fault = `Cannot write to ${this.#name}: ${messageOf(error)}; ${advice}`;
    }
  }
}

/** The columns from `read`, or 0 if it throws. */
export function orZero(read: () => number): number {
  try {
    return read();
  } catch {
    return 0;
  }
}

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
