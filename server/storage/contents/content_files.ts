import type { OpenContents } from "./contents.ts";
import type { UploadPieces } from "./upload_parts.ts";

/** Behind a key: the leaves of the upload that has it. */
export const LEAVES = ".leaves";

/** Contents with a key that are being written. */
export interface ContentWriter {
  /** Appends `bytes`, which the caller may reuse afterwards. One call at a time. */
  write(bytes: Uint8Array): Promise<void>;
  /** Syncs everything written, with its name, and closes it. To be called once. */
  seal(): Promise<void>;
  /** Closes what is open. May be repeated. */
  close(): Promise<void>;
}

/** The result of `UploadWriter.sync()`. */
export interface SyncedUpload {
  /** Up to where the upload is durable: what was asked for, or more that was appended. */
  readonly offset: number;
  /** The parts that are to be recorded with this offset: `NO_PIECES` of what is one file. */
  readonly made: UploadPieces;
}

/** An upload that grows, with the leaves of its whole blocks beside it. */
export interface UploadWriter {
  /**
   * Appends `bytes` that do not go beyond the end of a block, and the leaf of one they end.
   * Resolves with an offset if it is time to make what is before it durable in the background.
   */
  append(
    bytes: Uint8Array,
    leaf?: Uint8Array | Promise<Uint8Array>,
  ): Promise<number | undefined>;
  /**
   * Makes what was appended before `offset`, of which all was, durable with its name. Appending may
   * go on meanwhile. One call at a time.
   */
  sync(offset: number): Promise<SyncedUpload>;
  /** Closes what is open. May be repeated. */
  close(): Promise<void>;
}

/** What there is of an upload. */
export interface UploadPart {
  readonly key: string;
  /** Bytes of it that are known to be synced. */
  readonly offset: number;
  /** Bytes of the whole, if they are known. */
  readonly size?: number;
}

/**
 * Contents by key, where they lie. A key is 32 lower-case hexadecimal digits, and is never used
 * again. All errors are a `StorageError`.
 */
export interface ContentFiles {
  /** Begins contents. Nothing is made before the first `write()` or `seal()`. */
  create(key: string): ContentWriter;
  /** Opens contents; undefined if there are none. */
  open(key: string): Promise<OpenContents | undefined>;
  /**
   * Removes contents with their leaves, or the leaves alone of a key with `LEAVES` behind it,
   * durably. Ignores those that are not there.
   */
  remove(keys: readonly string[]): Promise<void>;

  /**
   * Opens an upload for appending at its offset; what is behind it is dropped. Where another server
   * may go on with it meanwhile, `expectNewest` is called before anything is put in a place that
   * this one would put something too: nothing is, if it rejects.
   */
  append(part: UploadPart, expectNewest: () => Promise<void>): Promise<UploadWriter>;
  /**
   * Returns up to where an upload is whole that a crash may have interrupted: whole blocks behind
   * its offset that are as their leaf says are synced, and count. Less than its offset only if
   * something else has taken from it.
   */
  recover(part: UploadPart): Promise<number>;
  /** Returns the leaves of the whole blocks before an offset, as a stream. */
  leaves(part: UploadPart): Promise<ReadableStream<Uint8Array>>;
  /** Returns the bytes from the last whole block to the offset. */
  tail(part: UploadPart): Promise<Uint8Array<ArrayBuffer>>;
  /**
   * Makes an upload contents, to which nothing is appended any more, and resolves with their key:
   * it may be another one than that of the upload. May be repeated.
   */
  finish(part: UploadPart): Promise<string>;
}
