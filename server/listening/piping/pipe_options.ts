import type { Clock } from "../../../shared/clock.ts";
import type { Counters } from "../../observe/counters.ts";
import type { Handler } from "./handler.ts";

/** What a pipe counts. */
export type PipeCounter = "refused.no-request";

/** Ends a registration; `cut` if the inner server did not end the connection by itself. */
export type PipeEnd = (how: { readonly cut: boolean }) => void;

/** A pipe, as what it leads to sees it. */
export interface AnsweredPipe {
  /** Answers a request that came through it. */
  answer(request: Request, completed: Promise<void>): Promise<Response>;
  /** Ends it when it has answered what was asked. */
  endAtRest(): void;
}

/** What a pipe leads to, and the rules for it. */
export interface PipeOptions {
  /** Connects to the inner server. */
  readonly connect: (pipe: AnsweredPipe) => Promise<Deno.TcpConn>;
  /** Says by which port the inner server knows the pipe. What is returned is called at its end. */
  readonly register: (inner: Deno.TcpConn, pipe: AnsweredPipe) => PipeEnd;
  readonly handler: Handler;
  /** Milliseconds between two requests; undefined for the usual idle time. */
  readonly restTime: number | undefined;
  /** Bytes that are passed on at once, when there are many. */
  readonly passSize: () => number;
  readonly counters: Counters<PipeCounter>;
  readonly clock: Clock;
}
