import type { ClientId } from "../../../../shared/wire/client_id.ts";
import { sameBytes } from "../../../../shared/wire/bytes.ts";
import { StorageError } from "../../storage_error.ts";
import type { UploadCommit, UploadCommitted } from "../../trees/uploads.ts";
import { recordEntry } from "../entries/record_entry.ts";
import { releaseUpload } from "./upload_pieces.ts";
import { unknownUpload, uploadOf, type UploadRow, uploadRow } from "./upload_row.ts";
import { get, run, type Work } from "../work.ts";

/** Committed uploads that are remembered of an account: 2 MB of rows. The oldest goes first. */
const MOST_REMEMBERED = 10_000;

export interface CommitUploadOptions {
  /** The key of what is recorded; undefined if not all of it is there. */
  readonly contents: string | undefined;
  readonly now: Date;
  /** Until when it is remembered. */
  readonly expires: Date;
}

/** As `Uploads.commit()`, within a transaction. */
export function* commitUpload(
  commit: UploadCommit,
  { contents, now, expires }: CommitUploadOptions,
): Work<UploadCommitted> {
  const row = yield* uploadRow(commit, now);
  if (row === undefined) throw unknownUpload(commit);
  if (row.Version !== null) return repeated(row, commit);
  if (contents === undefined || row.Contents === null || row.Offset !== commit.size) {
    const { size } = commit;
    throw new StorageError("upload-incomplete", `The upload has ${row.Offset} of ${size} bytes`);
  }
  const { path = row.Path, mtime = row.MTime, mode = row.Mode } = commit;
  const recorded = yield* recordEntry({
    clientId: commit.clientId,
    change: {
      kind: "file",
      path,
      size: commit.size,
      tree: commit.tree,
      contents: { key: contents, size: commit.size },
      ...(mtime === null ? {} : { mtime }),
      ...(mode === null ? {} : { mode }),
      ...(commit.precondition && { precondition: commit.precondition }),
      ...(commit.parents === undefined ? {} : { parents: commit.parents }),
    },
    // Its row is that of the upload.
    *claim() {
      return contents;
    },
    now,
  });
  const { entry } = recorded;
  yield* run(
    "UPDATE uploads SET Path = ?, Size = ?, Tree = ?, Contents = NULL, Version = ?, Expires = ?" +
      " WHERE UploadID = ?",
    ...[entry.path, commit.size, commit.tree, parseInt(entry.version, 16), expires.toISOString()],
    row.UploadID,
  );
  // Nothing goes on with it any more.
  yield* releaseUpload(row.Contents, { except: contents, now });
  yield* forgetOldest(commit.clientId);
  return { ...recorded, repeated: false };
}

function repeated(row: UploadRow, { size, tree }: UploadCommit): UploadCommitted {
  const { committed } = uploadOf(row, row.Run);
  if (committed?.size === size && sameBytes(committed.tree, tree)) {
    return { repeated: true, committed };
  }
  throw new StorageError(
    "upload-committed",
    `The upload ${JSON.stringify(row.UploadID)} is committed with another size or tree hash`,
  );
}

function* forgetOldest(clientId: ClientId): Work<void> {
  const client = yield* get<{ readonly Remembered: number }>(
    "SELECT Remembered FROM clients WHERE ID = ?",
    clientId,
  );
  if (client === undefined || client.Remembered <= MOST_REMEMBERED) return;
  yield* run(
    "DELETE FROM uploads WHERE UploadID IN (SELECT UploadID FROM uploads" +
      " WHERE ID = ? AND Version IS NOT NULL ORDER BY Expires LIMIT ?)",
    ...[clientId, client.Remembered - MOST_REMEMBERED],
  );
}
