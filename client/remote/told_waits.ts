import { formatDuration } from "../../shared/settings/quantity.ts";
import type { ReportContext } from "../command_context.ts";
import type { OnWaiting, Waiting } from "../network/waits.ts";

/** Milliseconds between two lines about the same wait, as between two of progress. */
const PAUSE = 3_000;

/**
 * Tells the user of waits for a server: what is waited for, since when, for how long, and how to
 * stop. On a terminal in place of the progress, in a pipe by a line now and then, and with `--json`
 * by an object, whose names are part of the program's interface.
 */
export function toldWaits(
  { io, screen, stdout }: ReportContext,
  { json }: { readonly json: boolean },
): OnWaiting {
  let last: Waiting | undefined;
  let next = -Infinity;
  const object = (status: "waiting" | "continued", waiting: Waiting) => {
    const { server, reason, message, waited, left } = waiting;
    const more = status === "waiting" ? { left: seconds(left), reason, message } : {};
    stdout.write(`${JSON.stringify({ status, server, waited: seconds(waited), ...more })}\n`);
  };
  return (waiting) => {
    if (waiting === undefined) {
      if (last === undefined) return;
      if (json) object("continued", last);
      screen.status(`${last.server} answers again, after ${formatDuration(last.waited)}`, "now");
      last = undefined;
      next = -Infinity;
      return;
    }
    last = waiting;
    const isDue = io.clock.now() >= next;
    if (isDue) next = io.clock.now() + PAUSE;
    if (json && isDue) object("waiting", waiting);
    screen.status(waitText(waiting), isDue ? "now" : "on-terminal");
  };
}

/** A wait for people; the first 80 columns have all but the advice. */
export function waitText({ server, waited, left }: Waiting): string {
  return `Waiting for ${server}, lost for ${formatDuration(waited)}; at most ` +
    `${formatDuration(left)} more. Ctrl-C stops, and the same command goes on from there`;
}

function seconds(milliseconds: number): number {
  return Math.round(milliseconds / 1000);
}
