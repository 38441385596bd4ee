import { SIGNAL_EXIT } from "../shared/settings/last_resort.ts";
import type { ServerIo } from "./server_io.ts";

/**
 * Milliseconds in which a repeated signal counts as the same one. Ctrl-C reaches the whole
 * foreground group, and `deno task` passes it on as well, so that the server receives it twice
 * within a few milliseconds.
 */
const SAME_WISH = 1_000;

/**
 * Handles the signals of this process from now on. The first one aborts the returned signal, for an
 * orderly stop. A later one ends the process at once, unless it is of the same kind and comes
 * within a second.
 *
 * SIGHUP stops the server if standard input is a terminal, which is closed then. It comes several
 * times when a window is closed or a shell ends, and therefore never ends the process at once. If
 * standard input is no terminal, SIGHUP is ignored: `nohup` alone does not achieve that, since Deno
 * replaces the inherited disposition by its own handler, which ends the process.
 */
export function stopSignal(
  io: Pick<ServerIo, "stdin" | "onSignal" | "exit" | "clock">,
): AbortSignal {
  const { now } = io.clock;
  const stopping = new AbortController();
  let first: { readonly kind: string; readonly at: number } | undefined;
  const stop = (kind: string) => {
    first ??= { kind, at: now() };
    stopping.abort();
  };
  for (const kind of ["SIGINT", "SIGTERM"] as const) {
    io.onSignal(kind, () => {
      const same = first === undefined || first.kind === kind && now() - first.at < SAME_WISH;
      if (!same) io.exit(SIGNAL_EXIT[kind]);
      stop(kind);
    });
  }
  const terminal = io.stdin.isTerminal();
  io.onSignal("SIGHUP", () => terminal && stop("SIGHUP"));
  return stopping.signal;
}
