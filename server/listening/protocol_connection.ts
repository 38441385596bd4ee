import type { Logger } from "@logtape/logtape";
import type { ConnectionSlot } from "./admission/admission.ts";
import type { Turn } from "./turns/turns.ts";

/** The part of a connection's slot that a protocol uses. */
export type ClientSlot = Pick<
  ConnectionSlot,
  | "addressKey"
  | "identified"
  | "moved"
  | "pin"
  | "registers"
  | "didNotRegister"
  | "registered"
  | "abandoned"
  | "failed"
  | "refused"
>;

/** The connection, as a protocol sees it. */
export interface Link {
  /** Sends all of these bytes, after those of earlier calls. Rejects if the client is gone. */
  readonly send: (bytes: Uint8Array) => Promise<void>;
  /**
   * To be awaited before each part of the work, such as a request: others may go first. Resolves
   * with false when the connection has ended. There is no promise if the work may go on at once.
   */
  readonly awaitTurn: () => Promise<boolean> | boolean;
  /**
   * Says that something else works for the connection now, outside of its turns: a server of the
   * runtime on so many bytes, or the catalog, which counts like so many; see `Turn.passOn()`.
   */
  readonly passOn: Turn["passOn"];
  /** The log, with the connection's id on each line. */
  readonly log: Logger;
  /** Records the client's identification and failures. */
  readonly slot: ClientSlot;
  /** Aborted when the server is to stop: running work may finish, nothing new begins. */
  readonly stopping: AbortSignal;
  /** Aborted when the connection has to make room: nothing need be waited for any longer. */
  readonly evicted: AbortSignal;
}

/** The connection, as a protocol sees it that works on more than what is read. */
export interface WideLink extends Link {
  readonly slot: ClientSlot & Pick<ConnectionSlot, "banned">;
  /** The IP address of the client. */
  readonly address: string;
  /**
   * Sends bytes of a file or an answer, as `send()` does, and counts them as progress. Rejects with
   * a `ConnectionFault` if the client takes them too slowly. They count as no progress if `counts`
   * is false.
   */
  readonly sendContent: (bytes: Uint8Array, how?: { readonly counts: boolean }) => Promise<void>;
  /** Has small pieces sent at once. */
  readonly noDelay: () => void;
  /** See `Turn.giveWay()`. */
  readonly giveWay: Turn["giveWay"];
  /** Adds another part in the use of the thread, for work beside that on what is read. */
  readonly join: () => Turn;
  /** Records progress that was made meanwhile, or that something else is waited for now. */
  readonly progress: () => void;
  /**
   * Ends the connection although the client may still send: so that what was sent arrives, or, with
   * a fault, at once. Only the first call counts.
   */
  readonly end: (fault?: Error) => void;
}

/** Begins a protocol on a new connection. */
export type Protocol = (link: WideLink) => ProtocolConnection;

/** Input that ended prematurely. */
export interface InputFault {
  /** The name in log lines; the protocol has counted it. */
  readonly reason: string;
  readonly message: string;
}

/** One connection as a protocol sees it: bytes come in, replies go out through its `Link`. */
export interface ProtocolConnection {
  /** Whether no request was received yet, not even a bad one. */
  readonly fresh: boolean;
  /** Whether a file is being transferred: a stop of the server waits for it. */
  readonly transferring: boolean;
  /** Whether the bytes that come next belong to a file: each of them is progress. */
  readonly inContent: boolean;
  /** Whether more of a file is due, now or later: the minimum rate applies. */
  readonly fileDue: boolean;
  /** Whether no further input can be read. */
  readonly over: boolean;
  /** The preferred bytes per read; undefined for the default. */
  readonly readSize: number | undefined;
  /**
   * Milliseconds of silence after which to call `silence()`; undefined while the client has to
   * send.
   */
  readonly silenceLimit: number | undefined;

  /**
   * Milliseconds without progress, in place of the idle time: infinite while the client waits for
   * the server, and `standstill` while it is waited for amid something, as where a file is due.
   */
  readonly idleLimit?: number | "standstill" | undefined;
  /** Whether nothing is due from the client: that it says nothing more is no fault. */
  readonly atRest?: boolean;

  /**
   * Processes bytes, which may be reused once the promise resolves. Resolves with whether they
   * completed anything.
   */
  receive(bytes: Uint8Array): Promise<boolean>;

  /** Handles a silence of `silenceLimit`; resolves as `receive()` does. */
  silence(): Promise<boolean>;

  /** Refuses the current file, because it arrives too slowly. */
  refuseSlowFile(): Promise<void>;

  /** Returns the fault, and counts it, if the client must not end its input here. Called once. */
  endOfInput(): InputFault | undefined;

  /** Sends what is still to be sent when no more is read. Called once, before a regular end. */
  finish?(): Promise<void>;

  /** Ends what the connection waits for: the socket was closed. May be called again. */
  readonly cut?: (() => void) | undefined;

  /** Releases the connection's resources; `stopping` if the server ended it. Called once. */
  end(how: { readonly stopping: boolean }): Promise<void>;
}
