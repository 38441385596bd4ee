import type { ClientSlot, Link } from "../protocol_connection.ts";

/** Who sent a request: the client at the other end of the pipe. */
export interface Peer extends Pick<Link, "log" | "stopping"> {
  /** Its IP address, for limits and bans: never that of a listener inside. */
  readonly address: string;
  /** Records identification, failures and refusals. */
  readonly slot: ClientSlot;
  /**
   * To be awaited before each part of the work, such as a block of content: others may go first.
   * The first part, until the handler waits for something, has its turn already. Resolves with
   * false when the connection has ended.
   */
  readonly awaitTurn: () => Promise<boolean>;
  /**
   * Says that the server works on the request, and the client has to wait: until the result is
   * disposed of, the connection is not evicted, and the client need not send anything.
   */
  readonly pin: () => Disposable;
  /**
   * Aborted when no more of the request comes, or its answer was sent: a handler that answers while
   * it reads has to end then.
   */
  readonly left: AbortSignal;
}

/** The error of a body that a handler cuts on purpose; it is not logged as a fault. */
export class AnswerCut extends Error {
  override readonly name = "AnswerCut";
}

/** Answers a request. What it throws is logged, and answered by 500. */
export type Handler = (request: Request, peer: Peer) => Response | Promise<Response>;
