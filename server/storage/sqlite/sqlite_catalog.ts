import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";

import type {
  Catalog,
  ClientRecord,
  FileRecord,
  FileVersion,
  Intent,
  Kept,
  NameClaim,
  Unsynced,
  Usage,
} from "../catalog.ts";
import { nameKey } from "../../../shared/names/name_key.ts";
import { foldName } from "../names/fold_name.ts";
import { pathsFor } from "../names/paths_for.ts";
import { type NamedPath, settledPath } from "../names/settled_path.ts";
import { StorageError } from "../storage_error.ts";
import {
  clientOf,
  type ClientRow,
  fileOf,
  type FileRow,
  intentOf,
  type IntentRow,
  unsyncedOf,
  type UnsyncedRow,
  versionOf,
} from "./catalog_rows.ts";
import { GroupedWrites, type WriteOptions } from "./grouped_writes.ts";
import { openDatabase } from "./open_database.ts";
import { WriteAheadLog } from "./write_ahead_log.ts";
import { sqliteError } from "./sqlite_error.ts";

/** How to open a `SqliteCatalog`. */
export interface SqliteCatalogOptions {
  /** The database file, made if there is none, or `:memory:`. Its folder has to exist. */
  readonly path: string;
  /** The clock behind `lastSeen` and `storedAt`; the system's by default. */
  readonly now?: () => Date;
  /** See `OpenDatabaseOptions`. */
  readonly warn?: (notice: string) => void;
}

/**
 * The catalog in a SQLite database: a file, or `:memory:`. SQLite works on the thread that calls it, but
 * does not wait for the disk: those that are to be synced wait together, for its write-ahead log.
 */
export class SqliteCatalog implements Catalog {
  readonly #path: string;
  readonly #database: DatabaseSync;
  readonly #log: WriteAheadLog | undefined;
  readonly #writes: GroupedWrites;
  readonly #now: () => Date;
  readonly #statements = new Map<string, StatementSync>();
  #open = true;

  private constructor(
    { database, log }: { readonly database: DatabaseSync; readonly log: WriteAheadLog | undefined },
    { path, now }: SqliteCatalogOptions,
  ) {
    this.#database = database;
    this.#log = log;
    this.#writes = new GroupedWrites(database, { sync: async () => await log?.sync() });
    this.#path = path;
    this.#now = now ?? (() => new Date());
  }

  /** Opens the database as `openDatabase()` does, and throws what it throws. */
  static async open(options: SqliteCatalogOptions): Promise<SqliteCatalog> {
    const { path, warn } = options;
    const database = await openDatabase(path, { ...(warn && { warn }) });
    try {
      const log = await WriteAheadLog.open(database);
      // In WAL mode NORMAL is FULL without the sync at the end of each commit.
      if (log !== undefined) database.exec("PRAGMA synchronous = NORMAL");
      return new SqliteCatalog({ database, log }, options);
    } catch (error) {
      database.close();
      throw error;
    }
  }

  register(
    { id, name, revision }: Pick<ClientRecord, "id" | "name" | "revision">,
    claim?: NameClaim,
  ): Promise<"registered" | "name-taken"> {
    return this.#write(() => {
      if (claim !== undefined) this.#withdrawClaim(name, claim);
      const other = this.#get("SELECT 1 FROM clients WHERE Name = ?", name);
      if (other !== undefined) return "name-taken";
      this.#run(
        "INSERT INTO clients (ID, Name, LastSeen, Revision) VALUES (?, ?, ?, ?)",
        ...[id, name, this.#now().toISOString(), revision],
      );
      return "registered";
    });
  }

  client(id: Uint8Array): Promise<ClientRecord | undefined> {
    return this.#attempt(() => {
      const row = this.#get<ClientRow>("SELECT * FROM clients WHERE ID = ?", id);
      return row && clientOf(row);
    });
  }

  keepKeys(
    { id, publicKey, aesKey }: {
      readonly id: Uint8Array;
      readonly publicKey?: Uint8Array;
      readonly aesKey: Uint8Array;
    },
  ): Promise<void> {
    return this.#write(() => {
      const changed = this.#run(
        "UPDATE clients SET PublicKey = coalesce(?, PublicKey), AESKey = ?, LastSeen = ? WHERE ID = ?",
        ...[publicKey ?? null, aesKey, this.#now().toISOString(), id],
      );
      if (changed === 0) {
        throw new StorageError("unknown-client", "No client with this id is registered");
      }
    });
  }

  intend(version: Intent): Promise<string> {
    return this.#write(() => {
      const { staged, clientId, fileName, size, checksum } = version;
      const pathName = this.#settlePath(version);
      this.#run(
        "INSERT OR REPLACE INTO intents (Staged, ID, FileName, PathName, FoldedPath, Size, Checksum)" +
          " VALUES (?, ?, ?, ?, ?, ?, ?)",
        ...[staged, clientId, fileName, pathName, foldName(pathName), size, checksum],
      );
      return pathName;
    });
  }

  record(staged: string): Promise<void> {
    return this.#write(() => {
      const intent = this.#get<IntentRow>("SELECT * FROM intents WHERE Staged = ?", staged);
      if (intent === undefined) {
        const quoted = JSON.stringify(staged);
        throw new StorageError(
          "unknown-intent",
          `No version is intended with the contents ${quoted}`,
        );
      }
      const { ID, FileName } = intent;
      this.#recordVersion(versionOf(intent));
      this.#run(
        "DELETE FROM intents WHERE ID = ? AND FileName = ? AND Sequence <= ?",
        ...[ID, FileName, intent.Sequence],
      );
      this.#run("DELETE FROM unsynced WHERE ID = ? AND FileName = ?", ID, FileName);
    }, { synced: false });
  }

  keep(version: Unsynced): Promise<string> {
    return this.#write(() => {
      const { clientId, fileName, staged, contents } = version;
      const pathName = this.#settlePath(version);
      this.#recordVersion({ ...version, pathName });
      this.#run("DELETE FROM intents WHERE ID = ? AND FileName = ?", clientId, fileName);
      this.#run(
        "INSERT OR REPLACE INTO unsynced (ID, FileName, Staged, Contents) VALUES (?, ?, ?, ?)",
        ...[clientId, fileName, staged, contents],
      );
      return pathName;
    });
  }

  settle(versions: readonly Kept[]): Promise<void> {
    return this.#write(() => {
      for (const { clientId, fileName, staged } of versions) {
        this.#run(
          "DELETE FROM unsynced WHERE ID = ? AND FileName = ? AND Staged = ?",
          ...[clientId, fileName, staged],
        );
      }
    }, { synced: false });
  }

  unsynced(): Promise<readonly Unsynced[]> {
    return this.#attempt(() =>
      this.#all<UnsyncedRow>(
        "SELECT * FROM unsynced JOIN files USING (ID, FileName) ORDER BY Sequence",
      ).map(unsyncedOf)
    );
  }

  withdraw(staged: string): Promise<void> {
    return this.#write(() => {
      this.#run("DELETE FROM intents WHERE Staged = ?", staged);
    });
  }

  intents(): Promise<readonly Intent[]> {
    return this.#attempt(() =>
      this.#all<IntentRow>("SELECT * FROM intents ORDER BY Sequence").map(intentOf)
    );
  }

  files(clientId?: Uint8Array): Promise<readonly FileRecord[]> {
    return this.#attempt(() => {
      const rows = clientId === undefined
        ? this.#all<FileRow>("SELECT * FROM files ORDER BY ID, FileName")
        : this.#all<FileRow>("SELECT * FROM files WHERE ID = ? ORDER BY FileName", clientId);
      return rows.map(fileOf);
    });
  }

  file(clientId: Uint8Array, fileName: string): Promise<FileRecord | undefined> {
    return this.#attempt(() => {
      const named = "SELECT * FROM files WHERE ID = ? AND FileName = ?";
      // Two files of an older version may have one key: the first to come is the one that is meant.
      const alike = "SELECT * FROM files WHERE ID = ? AND NameKey = ? ORDER BY rowid LIMIT 1";
      const row = this.#get<FileRow>(named, clientId, fileName) ??
        this.#get<FileRow>(alike, clientId, nameKey(fileName));
      return row && fileOf(row);
    });
  }

  usage(clientId?: Uint8Array): Promise<Usage> {
    return this.#attempt(() => {
      const sql = "SELECT count(*) AS files, coalesce(sum(Size), 0) AS bytes FROM files";
      const usage = clientId === undefined
        ? this.#get<Usage>(sql)
        : this.#get<Usage>(`${sql} WHERE ID = ?`, clientId);
      return { files: usage?.files ?? 0, bytes: usage?.bytes ?? 0 };
    });
  }

  /** Closes the database, unless its disk has failed. Harmless when repeated. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    await this.#writes.flush();
    await this.#attempt(() => {
      this.#statements.clear();
      this.#log?.[Symbol.dispose]();
      // To close it is to move what is in the log into the database, and nobody knows what that is worth.
      // The next start reads it from the disk.
      if (!this.#writes.failed) this.#database.close();
    });
  }

  /** Removes the client that has a name and was never given a key, if its time is over. */
  #withdrawClaim(name: string, { claimTime, abandoned }: NameClaim): void {
    const registeredBy = new Date(this.#now().getTime() - claimTime).toISOString();
    this.#run(
      "DELETE FROM clients WHERE Name = ? AND PublicKey IS NULL AND AESKey IS NULL" +
        " AND (LastSeen <= ? OR ID = ?)",
      ...[name, registeredBy, abandoned ?? null],
    );
  }

  #recordVersion({ clientId, fileName, pathName, size, checksum }: FileVersion): void {
    const now = this.#now().toISOString();
    this.#run(
      "INSERT INTO files" +
        " (ID, FileName, NameKey, PathName, FoldedPath, Verified, Size, Checksum, StoredAt)" +
        " VALUES (?, ?, ?, ?, ?, 1, ?, ?, ?) ON CONFLICT (ID, FileName) DO UPDATE SET" +
        " PathName = excluded.PathName, FoldedPath = excluded.FoldedPath, Verified = 1," +
        " Size = excluded.Size, Checksum = excluded.Checksum, StoredAt = excluded.StoredAt",
      ...[clientId, fileName, nameKey(fileName), pathName, foldName(pathName), size, checksum, now],
    );
    this.#run("UPDATE clients SET LastSeen = ? WHERE ID = ?", now, clientId);
  }

  #settlePath(version: FileVersion): string {
    const { fileName, pathName } = version;
    const taken = this.#taken(version, [pathName]);
    const isOther = taken.length > 0 && !taken.some((one) => one.fileName === fileName);
    return settledPath(version, isOther ? this.#taken(version, [...pathsFor(pathName)]) : taken);
  }

  /** The files of the same client that have this name, or that some system takes for one of `paths`. */
  #taken({ clientId, fileName }: FileVersion, paths: readonly string[]): readonly NamedPath[] {
    const wanted = ["FileName = ?", `FoldedPath IN (${paths.map(() => "?").join(", ")})`];
    const values = [clientId, fileName, clientId, ...paths.map(foldName)];
    // One query for each condition, so that each uses its index.
    return this.#all<Pick<FileRow, "FileName" | "PathName">>(
      ["files", "intents"].flatMap((table) =>
        wanted.map((is) => `SELECT FileName, PathName FROM ${table} WHERE ID = ? AND ${is}`)
      ).join(" UNION ALL "),
      ...[...values, ...values],
    ).map((row) => ({ fileName: row.FileName, pathName: row.PathName }));
  }

  async #write<T>(work: () => T, options?: WriteOptions): Promise<T> {
    try {
      return await this.#writes.write(work, options);
    } catch (error) {
      throw sqliteError(error, this.#path);
    }
  }

  #attempt<T>(work: () => T): Promise<T> {
    try {
      return Promise.resolve(work());
    } catch (error) {
      return Promise.reject(sqliteError(error, this.#path));
    }
  }

  #statement(sql: string): StatementSync {
    const kept = this.#statements.get(sql);
    if (kept !== undefined) return kept;
    const statement = this.#database.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }

  #get<Row>(sql: string, ...values: SQLInputValue[]): Row | undefined {
    return this.#statement(sql).get(...values) as Row | undefined;
  }

  #all<Row>(sql: string, ...values: SQLInputValue[]): Row[] {
    return this.#statement(sql).all(...values) as Row[];
  }

  #run(sql: string, ...values: SQLInputValue[]): number {
    return Number(this.#statement(sql).run(...values).changes);
  }
}
