/**
 * The interface of the store of resumable uploads: files that come in over several requests. Every
 * implementation runs the suites in `tests/storage/suites/uploads_conformance.ts` and
 * `tests/storage/suites/upload_lifetime_conformance.ts`.
 *
 * An upload has a durable offset: bytes before it survive a crash, and only it may be told. Each
 * whole block of 1 MiB has its SHA-256 beside it, its leaf, which is on the disk before the offset
 * that covers it is told.
 */

import type { ClientId } from "../../../shared/wire/client_id.ts";
import { StorageError } from "../storage_error.ts";
import type { EntryChange, Etag, Recorded } from "./tree.ts";

/** Bytes in a block, of which each has a leaf. */
export const BLOCK_SIZE: number = 1024 ** 2;

/** Bytes in a leaf: SHA-256. */
export const LEAF_SIZE = 32;

/** The most uploads of an account that are not committed. */
export const MOST_UPLOADS = 64;

/** What a client says of an upload when it creates it. */
export interface UploadPlan extends Pick<EntryChange, "path" | "mtime" | "mode"> {
  /** The id of its account, 16 bytes. */
  readonly clientId: ClientId;
  /** Bytes of the whole file; undefined if that is not known before its end. */
  readonly size?: number;
  /** The tree hash that the client announces, 32 bytes. */
  readonly tree?: Uint8Array;
}

/** An upload. */
export interface Upload extends UploadPlan {
  /** Its random id: 32 lower-case hexadecimal digits. */
  readonly id: string;
  /** Bytes that are durable. */
  readonly offset: number;
  readonly createdAt: Date;
  /** When it is forgotten, unless more comes. */
  readonly expires: Date;
  /** What became of it, once it is committed. Its `offset` and `size` are that of the file then. */
  readonly committed?: CommittedUpload;
}

/** What is remembered of a committed upload. */
export interface CommittedUpload extends Etag {
  /** The path at which it was recorded. */
  readonly path: string;
  /** The version of the entry that it made, as `Entry.version`. */
  readonly version: string;
}

/** Identifies an upload: one of another account is unknown. */
export interface UploadKey {
  readonly clientId: ClientId;
  readonly id: string;
}

/** How a body ended. */
export type BodyEnd =
  /** In order: it is kept to its last byte. */
  | "whole"
  /**
   * Cut off: what came after the last whole block is dropped, but nothing before an offset that
   * was told.
   */
  | "cut";

/**
 * An upload that is open for appending. A second `Uploads.open()`, a commit, a removal and the end
 * of the account's oldest upload close it: every later call throws `upload-taken-over`.
 */
export interface OpenUpload extends AsyncDisposable {
  /** Bytes appended so far, with those that were there. Not durable beyond `Upload.offset`. */
  readonly position: number;
  /**
   * Returns what is there of the block that is not whole yet, at most `BLOCK_SIZE - 1` bytes in
   * memory of its own: to go on with its leaf. To be called before `append()`.
   */
  tail(): Promise<Uint8Array<ArrayBuffer>>;
  /**
   * Appends `bytes`, which the caller may reuse once the promise has resolved. They may end a
   * block, but not go beyond it, nor beyond the size of the upload (`upload-too-long`). The call
   * that ends a block gives its leaf, which may still be under way: the bytes are written
   * meanwhile. One call at a time. Syncs by itself in the background, every 32 MiB.
   */
  append(bytes: Uint8Array, leaf?: Uint8Array | Promise<Uint8Array>): Promise<void>;
  /**
   * Makes all that was appended durable, and resolves with the offset, which may be told then.
   * Appending may go on meanwhile.
   */
  sync(): Promise<number>;
  /**
   * Ends appending: syncs, drops what a cut body has left, closes, and resolves with the offset.
   * May be repeated. Disposing does the same as `end("cut")`, without an error.
   */
  end(how: BodyEnd): Promise<number>;
}

/** A commit of an upload. */
export interface UploadCommit extends UploadKey, Etag {
  /** Replaces what the upload was created with. Default: that. */
  readonly path?: string;
  readonly mtime?: string;
  readonly mode?: number;
  readonly precondition?: EntryChange["precondition"];
  readonly parents?: boolean;
}

/** The result of a commit; `repeated` if it was committed before, and nothing was changed. */
export type UploadCommitted =
  | (Recorded & { readonly repeated: false })
  | { readonly repeated: true; readonly committed: CommittedUpload };

/**
 * Resumable uploads. They survive a start. All errors are a `StorageError`: `unknown-upload` also
 * for one of another account and one that has expired.
 */
export interface Uploads {
  /**
   * Creates an upload, or returns the one that is not committed with the same path, size, mtime and
   * tree hash: `parked`. Without mtime and tree hash, or with a size that is not known, none is the
   * same. If the account has `MOST_UPLOADS`, the one of them that rested longest is removed. Throws
   * `path-not-allowed`, `values-refused`, `unknown-client`.
   */
  create(plan: UploadPlan): Promise<{ readonly upload: Upload; readonly parked: boolean }>;
  /** Returns an upload, with its durable offset. */
  find(key: UploadKey): Promise<Upload | undefined>;
  /** Returns the uploads of an account that are not committed, the newest first. */
  list(clientId: ClientId): Promise<readonly Upload[]>;
  /**
   * Opens an upload for appending after its durable offset, and closes it for others that have it
   * open: what they have appended is made durable before, as by `end("cut")`. Throws
   * `upload-committed`.
   */
  open(key: UploadKey): Promise<OpenUpload>;
  /**
   * Gives an upload its size, once it is known, and closes it for others that have it open, as
   * `open()` does. Throws `values-refused` if it has another one, or more bytes.
   */
  setSize(key: UploadKey, size: number): Promise<void>;
  /**
   * Returns the leaves of all whole blocks before the durable offset, one after the other; an empty
   * stream for a committed upload. The caller has to read the stream to the end, or cancel it.
   */
  leaves(key: UploadKey): Promise<ReadableStream<Uint8Array>>;
  /**
   * Returns what is durable of the block that is not whole, at most `BLOCK_SIZE - 1` bytes in
   * memory of its own: with the leaves, all that the tree hash needs.
   */
  tail(key: UploadKey): Promise<Uint8Array<ArrayBuffer>>;
  /**
   * Records an upload of this size as a file with this tree hash, which the caller has made from
   * leaves and tail, in one transaction: the entry, and what is remembered of the upload. Repeated
   * for the same size and tree hash, it says what it did. Throws `upload-incomplete` unless its
   * durable offset is `size`, `upload-committed` if it was committed as something else, and the
   * errors of `Tree.record()`, after which it may be tried again.
   */
  commit(commit: UploadCommit): Promise<UploadCommitted>;
  /** Ends an upload and removes what it has. Returns whether there was one. */
  remove(key: UploadKey): Promise<boolean>;
  /** Removes uploads that have expired. The storage calls it by itself. Returns their number. */
  sweep(): Promise<number>;
}

/**
 * Throws `contents-out-of-turn` if bytes that are appended to an upload go beyond the end of their
 * block, end it without a leaf, or come with one and do not end it.
 */
export function expectInBlock(
  { position, bytes, leaf }: {
    /** Where they are appended. */
    readonly position: number;
    readonly bytes: Uint8Array;
    readonly leaf: Uint8Array | Promise<Uint8Array> | undefined;
  },
): void {
  const endsBlock = bytes.length > 0 && (position + bytes.length) % BLOCK_SIZE === 0;
  const isInBlock = (position % BLOCK_SIZE) + bytes.length <= BLOCK_SIZE;
  if (isInBlock && endsBlock === (leaf !== undefined)) return;
  throw new StorageError(
    "contents-out-of-turn",
    "Bytes of an upload have to end with their block, and then to come with its leaf",
  );
}
