import type { Logger } from "@logtape/logtape";
import type { Counters } from "../observe/counters.ts";
import type { AdmissionReason } from "./admission/admission.ts";
import { ConnectionFault, type FaultReason } from "./connection_fault.ts";
import { TimeoutError } from "./deadlines/deadline.ts";

/** What the end of a connection is counted as. */
export type ConnectionCounter =
  | "connections-lost"
  | `refused.${
    | AdmissionReason
    | FaultReason
    | "first-request-late"
    | "timeout"
    | "internal-error"}`;

export interface EndedConnection {
  readonly log: Logger;
  readonly counters: Counters<ConnectionCounter>;
  /** Whether no request was received, not even a bad one. */
  readonly fresh: boolean;
  /** Whether nothing was due from the client. */
  readonly atRest: boolean;
  /** Whether a balancer made it for itself, as it does to look whether the server is there. */
  readonly isCheck?: boolean | undefined;
  /** Aborted, with an `AdmissionReason`, if the connection was evicted. */
  readonly evicted: AbortSignal;
  /** Aborted if the server is to stop. */
  readonly stopping: AbortSignal;
}

/** Counts the end of a connection by an error or a signal, and writes a log line on it. */
export function reportEnd(
  error: unknown,
  { log, counters, fresh, atRest, isCheck = false, evicted, stopping }: EndedConnection,
): void {
  if (evicted.aborted) {
    const reason: AdmissionReason = evicted.reason;
    counters.add(`refused.${reason}`);
    log.warn("Closed the connection to make room", { reason });
  } else if (error instanceof TimeoutError && atRest) {
    log.debug("Closed the connection: no further request came");
  } else if (error instanceof TimeoutError) {
    const reason = fresh ? "first-request-late" : "timeout";
    const detail = fresh ? "No request was complete in time" : error.message;
    counters.add(`refused.${reason}`);
    log.warn("Closed the connection: {detail}", { reason, detail });
  } else if (error instanceof ConnectionFault) {
    const { reason, message: detail } = error;
    counters.add(`refused.${reason}`);
    log.warn("Closed the connection: {detail}", { reason, detail });
  } else if (stopping.aborted) {
    log.info("Closed the connection because the server is stopping");
  } else if (isLoss(error) && fresh && isCheck) {
    log.debug("A balancer has looked at the port");
  } else if (isLoss(error)) {
    counters.add("connections-lost");
    const { detail } = detailsOf(error);
    log.info("The connection was lost: {detail}", { detail, event: "connections-lost" });
  } else {
    counters.add("refused.internal-error");
    log.error("The connection failed: {detail}", {
      reason: "internal-error",
      ...detailsOf(error),
    });
  }
}

/** Returns the log properties for an unexpected error, as text, which is escaped. */
export function detailsOf(error: unknown): { readonly detail: string; readonly stack?: string } {
  if (!(error instanceof Error)) return { detail: String(error) };
  return { detail: error.message, ...(error.stack !== undefined && { stack: error.stack }) };
}

/** Whether an error says that the other end of a connection is gone. */
export function isLoss(error: unknown): boolean {
  return error instanceof Deno.errors.ConnectionReset ||
    error instanceof Deno.errors.BrokenPipe ||
    error instanceof Deno.errors.ConnectionAborted ||
    error instanceof Deno.errors.NotConnected ||
    error instanceof Deno.errors.BadResource ||
    error instanceof Deno.errors.Interrupted ||
    error instanceof Deno.errors.TimedOut;
}
