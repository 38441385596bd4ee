import type { Logger } from "@logtape/logtape";
import type { ConnectionSlot } from "./admission.ts";

/** The part of a connection's slot that a protocol uses. */
export type ClientSlot = Pick<
  ConnectionSlot,
  | "addressKey"
  | "identified"
  | "moved"
  | "keep"
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
   * with false when the connection has ended.
   */
  readonly takeTurn: () => Promise<boolean>;
  /** The log, with the connection's id on each line. */
  readonly log: Logger;
  /** Records the client's identification and failures. */
  readonly slot: ClientSlot;
  /** Aborted when the server is to stop: running work may finish, nothing new begins. */
  readonly stopping: AbortSignal;
}

/** Begins a protocol on a new connection. */
export type Protocol = (link: Link) => ProtocolConnection;

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

  /** Releases the connection's resources; `stopping` if the server ended it. Called once. */
  end(how: { readonly stopping: boolean }): Promise<void>;
}
