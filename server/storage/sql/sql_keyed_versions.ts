import type { Clock } from "../../../shared/clock.ts";
import { nameKey } from "../../../shared/names/name_key.ts";
import type { FileVersion } from "../versions/catalog.ts";
import { type ContentPlace, IN_FOLDER, type KeyedVersions } from "../versions/keyed_versions.ts";
import { isContentKey } from "../names/location.ts";
import { StorageError } from "../storage_error.ts";
import { versionRow, WRITE_VERSION } from "./catalog_rows.ts";
import { releaseContents } from "./release_contents.ts";
import { get, ofClient, type RowDatabase, run, type Work } from "./work.ts";

/** What matters here of a row of the table `files`. */
interface StoredRow {
  readonly FileName: string;
  readonly PathName: string;
  readonly Verified: number | boolean;
}

/** Versions with contents by key, in a database of rows. */
export class SqlKeyedVersions implements KeyedVersions, ContentPlace {
  readonly #database: RowDatabase;
  readonly #now: Clock["date"];

  constructor(database: RowDatabase, { date }: Pick<Clock, "date">) {
    this.#database = database;
    this.#now = date;
  }

  recordKeyed(version: FileVersion): Promise<FileVersion> {
    const of = [ofClient(version.clientId), `contents ${version.location}`];
    return this.#database.write(() => recordKeyed(version, this.#now()), { of });
  }

  bind(place: string): Promise<void> {
    // A start with a data folder writes nothing.
    if (place === IN_FOLDER) return this.#database.read(() => bind(place));
    return this.#database.write(() => bind(place), { of: ["content place"] });
  }
}

function* recordKeyed(version: FileVersion, now: Date): Work<FileVersion> {
  const { clientId, location, verified } = version;
  // With both conditions in one query SQLite reads all files of the client.
  const columns = "FileName, PathName, Verified FROM files WHERE ID = ?";
  const row = yield* get<StoredRow>(
    `SELECT * FROM (SELECT 0 AS Rank, ${columns} AND FileName = ?` +
      ` UNION ALL SELECT 1 AS Rank, ${columns} AND NameKey = ?) AS Found` +
      " ORDER BY Rank, FileName LIMIT 1",
    ...[clientId, version.fileName, clientId, nameKey(version.fileName)],
  );
  const fileName = row?.FileName ?? version.fileName;
  // The answer to the first call did not reach its caller.
  if (row?.PathName === location) return { ...version, fileName };
  if (row !== undefined && Number(row.Verified) === 1 && !verified) {
    throw new StorageError("verified-version-stored", "A confirmed version is stored");
  }
  if ((yield* run("DELETE FROM under_way WHERE Key = ?", location)) === 0) {
    throw new StorageError("contents-gone", "The contents were given up before: send them again");
  }
  const date = now.toISOString();
  const seen = "UPDATE clients SET LastSeen = ? WHERE ID = ? AND Protocol = 3";
  if ((yield* run(seen, date, clientId)) === 0) {
    throw new StorageError("unknown-client", "No client with this id is registered");
  }
  yield* run(WRITE_VERSION, ...versionRow({ ...version, fileName }, date));
  if (row !== undefined && isContentKey(row.PathName)) yield* releaseContents(row.PathName, now);
  return { ...version, fileName };
}

/**
 * Throws a `StorageError`, `contents-elsewhere`, if the database is bound to another place of
 * contents (`ContentPlace.bind()`). Returns whether it is bound by a row. Only reads.
 */
export function* expectPlace(place: string): Work<boolean> {
  const row = yield* get<{ readonly Place: string }>("SELECT Place FROM content_place");
  const bound = row?.Place ?? ((yield* hasContents()) ? IN_FOLDER : undefined);
  if (bound !== undefined && bound !== place) throw elsewhere(bound, place);
  return row !== undefined;
}

function* bind(place: string): Work<void> {
  if ((yield* expectPlace(place)) || place === IN_FOLDER) return;
  // Two servers may begin at once: the place of the first counts.
  yield* run(
    "INSERT INTO content_place (Only, Place) VALUES (1, ?) ON CONFLICT (Only) DO NOTHING",
    place,
  );
  const kept = yield* get<{ readonly Place: string }>("SELECT Place FROM content_place");
  if (kept?.Place !== place) throw elsewhere(kept?.Place ?? "", place);
}

/** Whether there is a row of contents that are not in the database itself. */
function* hasContents(): Work<boolean> {
  for (const table of ["files", "under_way", "garbage", "uploads"]) {
    const row = yield* get<{ readonly Found: number }>(`SELECT 1 AS Found FROM ${table} LIMIT 1`);
    if (row !== undefined) return true;
  }
  const large = "SELECT EntryID FROM entries WHERE Contents NOT LIKE 'r%' LIMIT 1";
  return (yield* get<{ readonly EntryID: number }>(large)) !== undefined;
}

function elsewhere(bound: string, place: string): StorageError {
  const told = bound === IN_FOLDER ? "the data folder" : bound;
  const given = place === IN_FOLDER ? "without --store" : `with --store ${place}`;
  return new StorageError(
    "contents-elsewhere",
    `The contents of this database lie in ${told}, and the server was started ${given}: name the ` +
      "store that has them, or another database",
  );
}
