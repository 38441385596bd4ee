import type { ClientId } from "../../../../shared/wire/client_id.ts";
import { StorageError } from "../../storage_error.ts";
import type { UploadGeneration, UploadRecord } from "../../trees/upload_rows.ts";
import type { UploadKey } from "../../trees/uploads.ts";
import { versionText } from "../entries/entry_rows.ts";
import { get, type Work } from "../work.ts";

/** A row of the table `uploads`. */
export interface UploadRow {
  readonly UploadID: string;
  readonly ID: ClientId;
  readonly Path: string;
  readonly PathKey: string;
  readonly Size: number | null;
  readonly Tree: Uint8Array | null;
  readonly MTime: string | null;
  readonly Mode: number | null;
  readonly Contents: string | null;
  readonly Offset: number;
  readonly Generation: number;
  readonly Run: number;
  readonly CreatedAt: string;
  readonly Expires: string;
  /** The version of the entry that it became, once it is committed. */
  readonly Version: number | null;
}

/** A date at which nothing has expired. */
const NEVER_EXPIRED = new Date(0);

/** Converts a row of `uploads`, for the run of this number. */
export function uploadOf(row: UploadRow, run: number): UploadRecord {
  const { Size: size, Tree: tree, Version: version } = row;
  return {
    id: row.UploadID,
    clientId: row.ID,
    path: row.Path,
    offset: row.Offset,
    createdAt: new Date(row.CreatedAt),
    expires: new Date(row.Expires),
    recovered: row.Run === run,
    ...(size === null ? {} : { size }),
    ...(tree === null ? {} : { tree }),
    ...(row.MTime === null ? {} : { mtime: row.MTime }),
    ...(row.Mode === null ? {} : { mode: row.Mode }),
    ...(row.Contents === null ? {} : { contents: row.Contents }),
    ...(version === null || size === null || tree === null
      ? {}
      : { committed: { path: row.Path, size, tree, version: versionText(version) } }),
  };
}

/** Returns the row of an upload that has not expired; undefined if there is none. */
export function* uploadRow(
  { clientId, id }: UploadKey,
  now: Date,
): Work<UploadRow | undefined> {
  return yield* get<UploadRow>(
    "SELECT * FROM uploads WHERE UploadID = ? AND ID = ? AND Expires > ?",
    ...[id, clientId, now.toISOString()],
  );
}

/** The same; throws `unknown-upload` if there is none, and `upload-committed` if it is. */
export function* uploadUnderWay(key: UploadKey, now: Date): Work<UploadRow> {
  const row = yield* uploadRow(key, now);
  if (row === undefined) throw unknownUpload(key);
  if (row.Version === null) return row;
  throw new StorageError("upload-committed", `The upload ${JSON.stringify(key.id)} is committed`);
}

/**
 * The same, also if it has expired: it is open, and the clock may have been set. Throws
 * `upload-taken-over` in another generation.
 */
export function* newestUnderWay({ key, generation }: UploadGeneration): Work<UploadRow> {
  const row = yield* uploadUnderWay(key, NEVER_EXPIRED);
  if (row.Generation === generation) return row;
  throw new StorageError("upload-taken-over", "The upload was opened again meanwhile");
}

/** An error: the client has no such upload. */
export function unknownUpload({ id }: UploadKey): StorageError {
  return new StorageError(
    "unknown-upload",
    `There is no upload ${JSON.stringify(id)}: begin it again`,
  );
}
