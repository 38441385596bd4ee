import type { ClientId } from "../../../shared/wire/client_id.ts";
import type { UploadPieces } from "../contents/upload_parts.ts";
import type { Upload, UploadCommit, UploadCommitted, UploadKey, UploadPlan } from "./uploads.ts";

/** An upload as the database knows it. */
export interface UploadRecord extends Upload {
  /** The key of its contents; undefined once it is committed. */
  readonly contents?: string;
  /** Whether this run of the server knows that its contents are as the offset says. */
  readonly recovered: boolean;
}

/** An upload to be created, if there is none that is the same. */
export interface NewUpload extends UploadPlan, UploadKey {
  /** The key of its contents. */
  readonly contents: string;
}

/** The result of `UploadRows.create()`. */
export interface CreatedUpload {
  readonly upload: UploadRecord;
  readonly parked: boolean;
  /** The ids of uploads that had to go. */
  readonly removed: readonly string[];
}

/** An upload as one request has it open. */
export interface UploadGeneration {
  readonly key: UploadKey;
  /** What `UploadRows.open()` returned. */
  readonly generation: number;
}

/** How far an upload has got. */
export interface Progress extends UploadGeneration {
  /** Bytes that are synced. */
  readonly offset: number;
  /**
   * Parts of it that are new: `NO_PIECES` of what is one file. Each takes the place of the one with
   * its number. The contents of a part with a key are under way until then, as those of
   * `ContentRows.begin()`; those that lose their part are garbage.
   */
  readonly made: UploadPieces;
}

/**
 * What a database has to know of uploads. The row of an upload says that its contents are under
 * way; removing it makes them garbage in the same transaction. The guarantees of `Uploads` apply,
 * and its errors.
 */
export interface UploadRows {
  /** As `Uploads.create()`. */
  create(upload: NewUpload): Promise<CreatedUpload>;
  find(key: UploadKey): Promise<UploadRecord | undefined>;
  list(clientId: ClientId): Promise<readonly UploadRecord[]>;
  /**
   * Begins another generation of an upload: earlier ones cannot advance it any more, and its time
   * begins again. A system crash may undo it.
   */
  open(key: UploadKey): Promise<number>;
  /**
   * Rejects unless the upload is under way in this generation: with `upload-taken-over`,
   * `upload-committed` or `unknown-upload`. Another one may begin at any moment after it.
   */
  expectNewest(upload: UploadGeneration): Promise<void>;
  /**
   * Notes that an upload is recovered, with the offset up to which it is whole. Parts that end
   * behind it are forgotten, and contents of their own are garbage.
   */
  recovered(key: UploadKey, offset: number): Promise<void>;
  /**
   * Notes how far an upload has got, also one that has expired: the clock may have been set. Throws
   * `upload-taken-over` in another generation.
   */
  advance(progress: Progress): Promise<void>;
  setSize(key: UploadKey, size: number): Promise<void>;
  /**
   * As `Uploads.commit()`. `contents` is the key of what is recorded: that of the upload, or of
   * its only part; undefined if not all of it is there. All else of the upload is garbage.
   */
  commit(commit: UploadCommit, contents: string | undefined): Promise<UploadCommitted>;
  /** Removes an upload. Returns whether there was one. */
  remove(key: UploadKey): Promise<boolean>;
  /** Removes up to `limit` uploads that have expired but for these, and returns their ids. */
  removeExpired(limit: number, open: ReadonlySet<string>): Promise<readonly string[]>;
}
