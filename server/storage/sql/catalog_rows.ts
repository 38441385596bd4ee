import { nameKey } from "../../../shared/names/name_key.ts";
import type { ClientId } from "../../../shared/wire/client_id.ts";
import type { ClientRecord, FileRecord, FileVersion, NameClaim } from "../versions/catalog.ts";
import type { PendingVersion } from "../versions/content_journal.ts";
import type { Intent } from "../versions/intent_log.ts";
import { foldName } from "../names/distinct_path.ts";
import { run, type Work } from "./work.ts";

/** A row of the table `clients`. Its columns have these types in every database. */
export interface ClientRow {
  readonly ID: ClientId;
  readonly Name: string;
  readonly PublicKey: Uint8Array | null;
  readonly LastSeen: string;
  readonly AESKey: Uint8Array | null;
  readonly Revision: string;
}

/** Columns that the tables `files` and `intents` share. */
export interface VersionRow {
  readonly ID: ClientId;
  readonly FileName: string;
  readonly PathName: string;
  readonly Size: number;
  readonly Checksum: number;
  readonly Verified: number;
}

/** A row of the table `files`. */
export interface FileRow extends VersionRow {
  readonly StoredAt: string;
}

/** A row of the table `intents`. */
export interface IntentRow extends VersionRow {
  readonly Sequence: number;
  readonly Staged: string;
}

/** A row of the table `unsynced`, joined with that of the table `files`. */
export interface PendingRow extends IntentRow {
  readonly Contents: Uint8Array;
}

/** Converts a row of `clients`. */
export function clientOf(row: ClientRow): ClientRecord {
  return {
    id: row.ID,
    name: row.Name,
    revision: row.Revision,
    lastSeen: new Date(row.LastSeen),
    ...(row.PublicKey === null ? {} : { publicKey: row.PublicKey }),
    ...(row.AESKey === null ? {} : { aesKey: row.AESKey }),
  };
}

/** Converts a row of `files`. */
export function fileOf(row: FileRow): FileRecord {
  return { ...versionOf(row), storedAt: new Date(row.StoredAt) };
}

/** Converts a row of `intents`. */
export function intentOf(row: IntentRow): Intent {
  return { ...versionOf(row), staged: row.Staged };
}

/** Converts a row of `unsynced`. */
export function pendingOf(row: PendingRow): PendingVersion {
  return { ...intentOf(row), contents: row.Contents };
}

function versionOf(row: VersionRow): FileVersion {
  return {
    clientId: row.ID,
    fileName: row.FileName,
    location: row.PathName,
    size: row.Size,
    checksum: row.Checksum,
    verified: row.Verified === 1,
  };
}

/**
 * Removes the client of protocol 3 with this name if it was never given a key and its claim has
 * expired, within a transaction. An account has its keys elsewhere, and stays.
 */
export function* withdrawClaim(
  name: string,
  { claimTime, abandoned, now }: NameClaim & { readonly now: Date },
): Work<void> {
  const registeredBy = new Date(now.getTime() - claimTime).toISOString();
  yield* run(
    "DELETE FROM clients WHERE Name = ? AND Protocol = 3 AND PublicKey IS NULL" +
      " AND AESKey IS NULL AND (LastSeen <= ? OR ID = ?)",
    ...[name, registeredBy, abandoned ?? null],
  );
}

/** Writes the row of a file, with `versionRow()`, and replaces that of an earlier version. */
export const WRITE_VERSION: string = "INSERT INTO files" +
  " (ID, FileName, NameKey, PathName, FoldedPath, Verified, Size, Checksum, StoredAt)" +
  " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (ID, FileName) DO UPDATE SET" +
  " PathName = excluded.PathName, FoldedPath = excluded.FoldedPath, Verified = excluded.Verified," +
  " Size = excluded.Size, Checksum = excluded.Checksum, StoredAt = excluded.StoredAt";

/** The values of `WRITE_VERSION`; `date` is when the file was stored. */
export function versionRow(
  { clientId, fileName, location, size, checksum, verified }: FileVersion,
  date: string,
) {
  const [key, folded] = [nameKey(fileName), foldName(location)];
  return [clientId, fileName, key, location, folded, Number(verified), size, checksum, date];
}
