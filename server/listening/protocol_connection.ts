import type { Logger } from "@logtape/logtape";
import type { ConnectionSlot } from "./admission.ts";

/** The part of a connection's slot that is of interest to a protocol. */
export type ClientSlot = Pick<
  ConnectionSlot,
  "identified" | "registers" | "didNotRegister" | "registered" | "abandoned" | "failed"
>;

/** What a protocol has of the connection that it is spoken on. */
export interface Link {
  /** Sends all of these bytes, after those of earlier calls. Rejects when the client is gone. */
  readonly send: (bytes: Uint8Array) => Promise<void>;
  /** Logs with the connection's id on each line. */
  readonly log: Logger;
  /** What the client says of itself, and how often it failed, is noted here. */
  readonly slot: ClientSlot;
  /** Aborted when the server is to stop: what is under way may finish, nothing else begins. */
  readonly stopping: AbortSignal;
}

/** Begins a protocol on a new connection. */
export type Protocol = (link: Link) => ProtocolConnection;

/** Input that ended where it must not. */
export interface InputFault {
  /** Stands in log lines and counters. */
  readonly reason: string;
  readonly message: string;
}

/** One connection as a protocol sees it: bytes come in, replies go out through its `Link`. */
export interface ProtocolConnection {
  /** Whether no request was received yet, not even a bad one. */
  readonly fresh: boolean;
  /** Whether a file is under way: a stop of the server waits for it. */
  readonly transferring: boolean;
  /** Whether the bytes that come next belong to a file: each of them is progress. */
  readonly inContent: boolean;
  /** Whether more of a file is due, now or after what comes next: it has to come fast enough. */
  readonly fileDue: boolean;
  /** Whether nothing that comes can be read any more. */
  readonly over: boolean;
  /** Bytes that are best read at once; undefined for the usual number. */
  readonly readSize: number | undefined;
  /**
   * Milliseconds of silence after which `silence()` is due; undefined while the client has to
   * speak.
   */
  readonly silenceLimit: number | undefined;

  /**
   * Acts on bytes. Their memory is free again once the promise resolves, with whether anything was
   * complete with them.
   */
  receive(bytes: Uint8Array): Promise<boolean>;

  /** Acts on a silence of `silenceLimit`; resolves as `receive()` does. */
  silence(): Promise<boolean>;

  /** Refuses the file that is under way, because it comes too slowly. */
  refuseSlowFile(): Promise<void>;

  /** What is wrong with the client ending its input here, if anything is. */
  endOfInput(): InputFault | undefined;

  /** Lets go of what the connection holds; `stopping` when the server ended it. Called once. */
  end(how: { readonly stopping: boolean }): Promise<void>;
}
