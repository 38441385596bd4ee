import type { Clock } from "../../../shared/clock.ts";
import type { Counters } from "../../observe/counters.ts";
import type { Handler } from "./handler.ts";

/** What a pipe counts. */
export type PipeCounter = "refused.no-request";

/** Ends a registration; `cut`: whether the connection was ended by the pipe. */
export type PipeEnd = (how: { readonly cut: boolean }) => void;

/** What an inner server can do with a pipe. */
export interface AnsweredPipe {
  /** Answers a request that came through it. */
  answer(request: Request, completed: Promise<void>): Promise<Response>;
  /** Closes it once all requests are answered. */
  endAtRest(): void;
}

/** What a pipe leads to, and the rules for it. */
export interface PipeOptions {
  /** Connects to the inner server. */
  readonly connect: (pipe: AnsweredPipe) => Promise<Deno.TcpConn>;
  /** Registers the pipe by the ports of its connection. Its end is told by what is returned. */
  readonly register: (inner: Deno.TcpConn, pipe: AnsweredPipe) => PipeEnd;
  readonly handler: Handler;
  /** Milliseconds between two requests; undefined for the usual idle time. */
  readonly restTime: number | undefined;
  /** The most bytes to pass on in one read. */
  readonly passSize: () => number;
  readonly counters: Counters<PipeCounter>;
  readonly clock: Clock;
}
