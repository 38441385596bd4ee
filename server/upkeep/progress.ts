import type { Clock } from "../../shared/clock.ts";
import { displayOf, type Output } from "../../shared/settings/output.ts";
import type { ServerIo } from "../server_io.ts";

/** Milliseconds between two lines. */
const EVERY = 100;

/** A line about how far a command has got, drawn over and over on a terminal. */
export class Progress {
  readonly #output: Output;
  readonly #clock: Clock;
  readonly #isTerminal: boolean;
  #shownAt = -Infinity;
  #isShown = false;

  /** Shows nothing unless standard error is a terminal. */
  constructor(
    { io, stderr, quiet = false }: {
      readonly io: Pick<ServerIo, "stderr" | "env" | "clock">;
      readonly stderr: Output;
      readonly quiet?: boolean;
    },
  ) {
    this.#output = stderr;
    this.#clock = io.clock;
    this.#isTerminal = !quiet && displayOf(io.stderr, io.env).isTerminal;
  }

  /** Shows a text, unless another one was shown a moment ago. */
  show(text: string): void {
    if (!this.#isTerminal) return;
    const now = this.#clock.now();
    if (now - this.#shownAt < EVERY) return;
    this.#shownAt = now;
    this.#isShown = true;
    this.#output.write(`\r\x1b[K${text}`);
  }

  /** Removes the line, before something else is written. */
  clear(): void {
    if (this.#isShown) this.#output.write("\r\x1b[K");
    this.#isShown = false;
  }
}
