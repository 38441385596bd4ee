import { SIGNAL_EXIT } from "../../shared/settings/last_resort.ts";
import type { CommandContext } from "../command_context.ts";

/**
 * From here on a signal ends the program at once, after a line that `said` gives: what was
 * transferred stays, and the same command goes on from there.
 */
export function onInterruption(
  { io, screen }: Pick<CommandContext, "io" | "screen">,
  said: () => string,
): void {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    io.onSignal(signal, () => {
      screen.clear();
      screen.line(`Interrupted: ${said()}; the same command goes on from there`);
      io.exit(SIGNAL_EXIT[signal]);
    });
  }
}
