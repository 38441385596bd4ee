import type { ClientError } from "../client_error.ts";
import type { LocalEntry, LocalFileEntry } from "./local_entry.ts";

/** An entry to send. */
export interface Sendable {
  readonly entry: LocalEntry;
  /**
   * The tag of the file or link that it may replace; `none` if nothing may be there: judged when it
   * is recorded. Default: whatever is there, but for what cannot be replaced.
   */
  readonly replaces?: string | undefined;
}

/** Receives what becomes of entries that are sent. */
export interface SendEvents {
  /** Called when a file goes on from bytes that an earlier run has sent. Default: nothing. */
  readonly onResumed?: (file: LocalFileEntry, bytes: number) => void;
  /** Called with the bytes of a file that the server has taken, or that are on the way to it. */
  readonly onProgress: (file: LocalFileEntry, bytes: number) => void;
  /**
   * Called before a file or a link may be on the server as it is here, with its tag: also if
   * nothing is ever heard of that. Default: nothing.
   */
  readonly onSending?: (entry: LocalEntry, tag: string) => void | Promise<void>;
  /** Called when the server has an entry on its disk; with the tag of its contents for a file. */
  readonly onSent: (entry: LocalEntry, tag: string | undefined) => void;
  /** Called when an entry cannot be sent, or is refused; others may follow. */
  readonly onFailed: (entry: LocalEntry, error: ClientError) => void;
}

/** The result of creating a file. */
export interface Creation {
  /** Whether the server had it already, with the same contents. */
  readonly status: "sent" | "unchanged";
  /** The tag of its contents. */
  readonly tag: string;
}

/** Where contents of a size that is not known go. */
export interface StreamTarget extends Pick<Sendable, "replaces"> {
  /** The names from the root of the tree to the file. */
  readonly to: readonly string[];
  /** Called with the bytes that are on the way or there. */
  readonly onProgress: (bytes: number) => void;
}

/** Sends entries of any number and size into a tree at a server, by any protocol. */
export interface TreeSender {
  /**
   * Sends entries as they come. Resolves when there was an answer to all of them. Throws a
   * `ClientError` when it cannot go on: no answer came to those that were not told of.
   */
  readonly send: (entries: AsyncIterable<Sendable>, events: SendEvents) => Promise<void>;
  /**
   * Sends one file of which the size is not known before its end. Returns the tag of its contents.
   * Throws a `ClientError`.
   */
  readonly sendStream: (
    source: AsyncIterable<Uint8Array>,
    target: StreamTarget,
  ) => Promise<string>;
}
