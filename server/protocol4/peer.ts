import type { Logger } from "@logtape/logtape";
import type { ClientSlot } from "../listening/protocol_connection.ts";

/** The client at the other end of a connection, as the application sees it. */
export interface Peer {
  /** Its IP address, for limits and bans: never that of a listener inside. */
  readonly address: string;
  /** Records identification, failures and refusals. */
  readonly slot: ClientSlot;
  /** The log, with the connection's id on each line. */
  readonly log: Logger;
  /** Aborted when the server is to stop: running work may finish, nothing new begins. */
  readonly stopping: AbortSignal;
  /**
   * To be awaited before each part of the work, such as a block of content: others may go first.
   * Resolves with false when the connection has ended.
   */
  readonly takeTurn: () => Promise<boolean>;
  /** Says that the server works on the request, and the client need not send anything meanwhile. */
  readonly keep: () => Disposable;
  /**
   * Aborted when no more of the request comes, or its answer was sent: a handler that answers while
   * it reads has to end then.
   */
  readonly left: AbortSignal;
}
