import { SIGNAL_EXIT } from "../../shared/settings/signal_exit.ts";
import type { CommandContext } from "../command_context.ts";
import { interruptedLine } from "../report.ts";

/** Reports the state of all files when the user interrupts the program. */
export class Interruption {
  readonly #total: number;
  readonly #unsent: string[];

  /**
   * From here on a signal ends the program, after a line that says what was sent and what was not.
   */
  constructor(files: readonly string[], { io, screen }: Pick<CommandContext, "io" | "screen">) {
    this.#total = files.length;
    this.#unsent = [...files];
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      io.onSignal(signal, () => {
        screen.clear();
        screen.line(interruptedLine({ total: this.#total, unsent: this.#unsent }));
        io.exit(SIGNAL_EXIT[signal]);
      });
    }
  }

  /** Records that a file was sent and verified. */
  sent(file: string): void {
    const at = this.#unsent.indexOf(file);
    if (at >= 0) this.#unsent.splice(at, 1);
  }
}
