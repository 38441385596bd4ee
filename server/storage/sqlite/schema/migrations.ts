import type { DatabaseSync } from "node:sqlite";
import { nameKey } from "../../../../shared/names/name_key.ts";
import { StorageError } from "../../storage_error.ts";
import { TREES_SCHEMA } from "./trees_schema.ts";

/**
 * SQL that migrates the schema from each version to the next; the first step creates version 1. A
 * released step is never changed; new steps are appended.
 *
 * Times are ISO 8601 in UTC with milliseconds, so that they can be read and sorted as text.
 */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE clients (
    ID BLOB NOT NULL PRIMARY KEY CHECK (length(ID) = 16),
    Name TEXT NOT NULL UNIQUE,
    PublicKey BLOB,
    LastSeen TEXT NOT NULL,
    AESKey BLOB CHECK (length(AESKey) IN (16, 24, 32)),
    Revision TEXT NOT NULL
  ) STRICT;

  CREATE TABLE files (
    ID BLOB NOT NULL REFERENCES clients (ID),
    FileName TEXT NOT NULL,
    PathName TEXT NOT NULL,
    FoldedPath TEXT NOT NULL,
    Verified INTEGER NOT NULL CHECK (Verified IN (0, 1)),
    Size INTEGER NOT NULL CHECK (Size >= 0),
    Checksum INTEGER NOT NULL CHECK (Checksum BETWEEN 0 AND 4294967295),
    StoredAt TEXT NOT NULL,
    PRIMARY KEY (ID, FileName),
    UNIQUE (ID, FoldedPath)
  ) STRICT;

  CREATE TABLE intents (
    Sequence INTEGER PRIMARY KEY,
    Staged TEXT NOT NULL UNIQUE,
    ID BLOB NOT NULL REFERENCES clients (ID),
    FileName TEXT NOT NULL,
    PathName TEXT NOT NULL,
    FoldedPath TEXT NOT NULL,
    Size INTEGER NOT NULL CHECK (Size >= 0),
    Checksum INTEGER NOT NULL CHECK (Checksum BETWEEN 0 AND 4294967295)
  ) STRICT;

  CREATE INDEX intents_of_file ON intents (ID, FileName);
  `,
  `
  CREATE TABLE unsynced (
    Sequence INTEGER PRIMARY KEY,
    ID BLOB NOT NULL REFERENCES clients (ID),
    FileName TEXT NOT NULL,
    Staged TEXT NOT NULL,
    Contents BLOB NOT NULL,
    UNIQUE (ID, FileName)
  ) STRICT;
  `,
  // name_key() is nameKey().
  `
  ALTER TABLE files ADD COLUMN NameKey TEXT NOT NULL DEFAULT '';
  UPDATE files SET NameKey = name_key(FileName);
  CREATE INDEX files_by_key ON files (ID, NameKey);
  `,
  // Updated by triggers, so that they are right after any change of the files.
  `
  ALTER TABLE clients ADD COLUMN Files INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE clients ADD COLUMN Bytes INTEGER NOT NULL DEFAULT 0;
  UPDATE clients SET Files = own.Files, Bytes = own.Bytes
    FROM (SELECT ID, count(*) AS Files, sum(Size) AS Bytes FROM files GROUP BY ID) AS own
    WHERE own.ID = clients.ID;

  CREATE TABLE totals (
    Only INTEGER PRIMARY KEY CHECK (Only = 1),
    Files INTEGER NOT NULL,
    Bytes INTEGER NOT NULL
  ) STRICT;
  INSERT INTO totals SELECT 1, count(*), coalesce(sum(Size), 0) FROM files;

  CREATE TRIGGER file_added AFTER INSERT ON files BEGIN
    UPDATE clients SET Files = Files + 1, Bytes = Bytes + NEW.Size WHERE ID = NEW.ID;
    UPDATE totals SET Files = Files + 1, Bytes = Bytes + NEW.Size;
  END;
  CREATE TRIGGER file_changed AFTER UPDATE OF ID, Size ON files BEGIN
    UPDATE clients SET Files = Files - 1, Bytes = Bytes - OLD.Size WHERE ID = OLD.ID;
    UPDATE clients SET Files = Files + 1, Bytes = Bytes + NEW.Size WHERE ID = NEW.ID;
    UPDATE totals SET Bytes = Bytes - OLD.Size + NEW.Size;
  END;
  CREATE TRIGGER file_removed AFTER DELETE ON files BEGIN
    UPDATE clients SET Files = Files - 1, Bytes = Bytes - OLD.Size WHERE ID = OLD.ID;
    UPDATE totals SET Files = Files - 1, Bytes = Bytes - OLD.Size;
  END;
  `,
  // Until here the server recorded verified files only.
  `
  ALTER TABLE intents ADD COLUMN Verified INTEGER NOT NULL DEFAULT 1 CHECK (Verified IN (0, 1));
  `,
  TREES_SCHEMA,
  // Contents in a store of objects: parts of uploads, and where all contents lie.
  `
  ALTER TABLE uploads ADD COLUMN Handle TEXT;
  CREATE INDEX uploads_by_contents ON uploads (Contents) WHERE Contents IS NOT NULL;
  CREATE TABLE upload_pieces (
    Contents TEXT NOT NULL,
    Number INTEGER NOT NULL CHECK (Number > 0),
    Start INTEGER NOT NULL CHECK (Start >= 0),
    Size INTEGER NOT NULL CHECK (Size > 0),
    Leaves BLOB NOT NULL,
    Tag TEXT NOT NULL,
    Key TEXT,
    PRIMARY KEY (Contents, Number)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE content_place (
    Only INTEGER PRIMARY KEY CHECK (Only = 1),
    Place TEXT NOT NULL
  ) STRICT;
  `,
];

export interface MigrateOptions {
  /** The database's path, for messages. */
  readonly path: string;
  /** The steps to run instead of `MIGRATIONS`, for tests. */
  readonly migrations?: readonly string[];
}

/**
 * Migrates the schema of `database` to the newest version in one transaction. The version is stored
 * in SQLite's `user_version`.
 *
 * Throws a `StorageError`: `database-newer` if its version is unknown, `database-foreign` if it has
 * tables but no version. Errors of SQLite are not converted.
 */
export function migrate(database: DatabaseSync, options: MigrateOptions): void {
  const { path, migrations = MIGRATIONS } = options;
  database.function("name_key", { deterministic: true }, (name) => nameKey(String(name)));
  transaction(database, () => {
    const version = Number(database.prepare("PRAGMA user_version").get()?.["user_version"]);
    refuseStranger(database, { path, version, newest: migrations.length });
    for (const step of migrations.slice(version)) database.exec(step);
    if (version < migrations.length) database.exec(`PRAGMA user_version = ${migrations.length}`);
  });
}

function refuseStranger(
  database: DatabaseSync,
  { path, version, newest }: { path: string; version: number; newest: number },
): void {
  const quoted = JSON.stringify(path);
  if (version > newest) {
    throw new StorageError(
      "database-newer",
      `The database ${quoted} has schema version ${version}, newer than ${newest}, the newest ` +
        "known here: run the Sealpost that made it, or name another file with --database",
    );
  }
  const tables = database.prepare("SELECT count(*) AS count FROM sqlite_schema").get();
  if (version < 0 || (version === 0 && tables?.["count"] !== 0)) {
    throw new StorageError(
      "database-foreign",
      `The database ${quoted} was not made by Sealpost: name another file with --database`,
    );
  }
}

/**
 * Runs `work` in a transaction of `database` that has the write lock from its start, and returns
 * its result. If the work throws, rolls back and throws the same error.
 */
export function transaction<T>(database: DatabaseSync, work: () => T): T {
  database.exec("BEGIN IMMEDIATE");
  try {
    const result = work();
    database.exec("COMMIT");
    return result;
  } catch (error) {
    try {
      database.exec("ROLLBACK");
    } catch {
      // After some errors, such as a full disk, SQLite has already rolled back.
    }
    throw error;
  }
}
