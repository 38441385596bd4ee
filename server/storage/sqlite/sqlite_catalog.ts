import type { Clock } from "../../../shared/clock.ts";
import {
  type Catalog,
  type ClientRecord,
  type FileRecord,
  FILES_ON_PAGE,
  type FilesPage,
  type FileVersion,
  type NameClaim,
  type UsageOfClient,
} from "../versions/catalog.ts";
import type {
  ContentJournal,
  PendingKey,
  PendingPage,
  PendingVersion,
} from "../versions/content_journal.ts";
import type { Intent, IntentLog } from "../versions/intent_log.ts";
import { nameKey } from "../../../shared/names/name_key.ts";
import { foldName } from "../names/distinct_path.ts";
import { versionRow, WRITE_VERSION } from "../sql/catalog_rows.ts";
import { StorageError } from "../storage_error.ts";
import {
  clientOf,
  type ClientRow,
  fileOf,
  type FileRow,
  intentOf,
  type IntentRow,
  pendingOf,
  type PendingRow,
  withdrawClaim,
} from "../sql/catalog_rows.ts";
import { choosePath } from "./choose_path.ts";
import { DurableDatabase, type DurableDatabaseOptions } from "./writing/durable_database.ts";
import type { Statements } from "./statements.ts";
import { doWork } from "./sqlite_row_database.ts";
import type { ClientId } from "../../../shared/wire/client_id.ts";

/** The usage of all clients, and of one, if it is registered. */
interface UsageRow {
  readonly allFiles: number;
  readonly allBytes: number;
  readonly files: number | null;
  readonly bytes: number | null;
  readonly found?: number;
}

/** Whether a file is there, by its name or by its key: each condition has an index. */
const FOUND = ", EXISTS (SELECT 1 FROM files WHERE ID = ? AND FileName = ?)" +
  " OR EXISTS (SELECT 1 FROM files WHERE ID = ? AND NameKey = ?) AS found";

/** The catalog in a SQLite database: a file, or `:memory:`. */
export class SqliteCatalog implements Catalog, IntentLog, ContentJournal {
  readonly #database: DurableDatabase;
  readonly #now: Clock["date"];
  readonly #sql: Statements;

  private constructor(database: DurableDatabase, now: Clock["date"]) {
    this.#database = database;
    this.#sql = database.sql;
    this.#now = now;
  }

  /** Opens the database as `openDatabase()` does, and throws its errors. */
  static async open(options: DurableDatabaseOptions): Promise<SqliteCatalog> {
    return SqliteCatalog.over(await DurableDatabase.open(options), options.clock);
  }

  /**
   * Returns the catalog in a database that others use, too. Disposing of it closes the database.
   */
  static over(database: DurableDatabase, { date }: Clock): SqliteCatalog {
    return new SqliteCatalog(database, date);
  }

  /** As `DurableDatabase.check()`. */
  async check(stopping: AbortSignal): Promise<void> {
    await this.#database.check(stopping);
  }

  register(
    { id, name, revision }: Pick<ClientRecord, "id" | "name" | "revision">,
    claim?: NameClaim,
  ): Promise<"registered" | "name-taken"> {
    return this.#database.write(() => {
      if (claim !== undefined) {
        doWork(this.#sql, withdrawClaim(name, { ...claim, now: this.#now() }));
      }
      const other = this.#sql.get("SELECT 1 FROM clients WHERE Name = ?", name);
      if (other !== undefined) return "name-taken";
      this.#sql.run(
        "INSERT INTO clients (ID, Name, LastSeen, Revision) VALUES (?, ?, ?, ?)",
        ...[id, name, this.#now().toISOString(), revision],
      );
      return "registered";
    });
  }

  client(id: ClientId): Promise<ClientRecord | undefined> {
    return this.#database.read(() => {
      const row = this.#sql.get<ClientRow>(
        "SELECT * FROM clients WHERE ID = ? AND Protocol = 3",
        id,
      );
      return row && clientOf(row);
    });
  }

  keepKeys(
    { id, publicKey, aesKey }: {
      readonly id: ClientId;
      readonly publicKey?: Uint8Array;
      readonly aesKey: Uint8Array;
    },
  ): Promise<void> {
    return this.#database.write(() => {
      const changed = this.#sql.run(
        "UPDATE clients SET PublicKey = coalesce(?, PublicKey), AESKey = ?, LastSeen = ? " +
          "WHERE ID = ? AND Protocol = 3",
        ...[publicKey ?? null, aesKey, this.#now().toISOString(), id],
      );
      if (changed === 0) {
        throw new StorageError("unknown-client", "No client with this id is registered");
      }
    });
  }

  record(version: FileVersion): Promise<void> {
    let intended = false;
    return this.#database.write(() => {
      const { clientId, fileName, location, size, checksum, verified } = version;
      intended = this.#sql.get(
        "SELECT 1 FROM intents WHERE ID = ? AND FileName = ? AND PathName = ? AND Size = ?" +
          " AND Checksum = ? AND Verified = ?",
        ...[clientId, fileName, location, size, checksum, Number(verified)],
      ) !== undefined;
      this.#recordVersion(version);
      this.#sql.run("DELETE FROM unsynced WHERE ID = ? AND FileName = ?", clientId, fileName);
      // The intent is on disk, from which recovery can record the version again.
    }, { synced: () => !intended });
  }

  file(clientId: ClientId, fileName: string): Promise<FileRecord | undefined> {
    return this.#database.read(() => {
      // Two files of an older version may have the same key: the one of this very name is used, or
      // the first one recorded. With both in one condition SQLite reads all files of the client. In
      // one statement, since each locks the database and unlocks it.
      const row = this.#sql.get<FileRow>(
        "SELECT * FROM (SELECT 0 AS Rank, rowid AS Nr, * FROM files WHERE ID = ? AND FileName = ?" +
          " UNION ALL SELECT 1, rowid, * FROM files WHERE ID = ? AND NameKey = ?)" +
          " ORDER BY Rank, Nr LIMIT 1",
        ...[clientId, fileName, clientId, nameKey(fileName)],
      );
      return row && fileOf(row);
    });
  }

  files(
    { clientId, after, limit = FILES_ON_PAGE }: FilesPage = {},
  ): Promise<readonly FileRecord[]> {
    return this.#database.read(() => {
      const [id, name] = [after?.clientId ?? new Uint8Array(), after?.fileName ?? ""];
      const rows = clientId === undefined
        ? this.#sql.all<FileRow>(
          "SELECT * FROM files WHERE (ID, FileName) > (?, ?) ORDER BY ID, FileName LIMIT ?",
          ...[id, name, limit],
        )
        : this.#sql.all<FileRow>(
          "SELECT * FROM files WHERE ID = ? AND FileName > ? ORDER BY FileName LIMIT ?",
          ...[clientId, name, limit],
        );
      return rows.map(fileOf);
    });
  }

  usage(clientId: ClientId, fileName?: string): Promise<UsageOfClient> {
    return this.#database.read(() => {
      const asked = fileName === undefined ? [] : [clientId, fileName, clientId, nameKey(fileName)];
      const row = this.#sql.get<UsageRow>(
        "SELECT totals.Files AS allFiles, totals.Bytes AS allBytes, clients.Files AS files," +
          ` clients.Bytes AS bytes${fileName === undefined ? "" : FOUND}` +
          " FROM totals LEFT JOIN clients ON clients.ID = ?",
        ...[...asked, clientId],
      );
      return {
        client: { files: row?.files ?? 0, bytes: row?.bytes ?? 0 },
        all: { files: row?.allFiles ?? 0, bytes: row?.allBytes ?? 0 },
        ...(fileName !== undefined && { found: row?.found === 1 }),
      };
    });
  }

  intend(version: Intent): Promise<string> {
    return this.#database.write(() => {
      const { staged, clientId, fileName, size, checksum, verified } = version;
      const location = choosePath(this.#sql, version);
      this.#sql.run(
        "INSERT OR REPLACE INTO intents " +
          "(Staged, ID, FileName, PathName, FoldedPath, Size, Checksum, Verified) " +
          "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        ...[staged, clientId, fileName, location, foldName(location), size, checksum],
        Number(verified),
      );
      return location;
    });
  }

  withdraw(staged: readonly string[]): Promise<void> {
    return this.#database.write(() => {
      for (const name of staged) this.#sql.run("DELETE FROM intents WHERE Staged = ?", name);
    });
  }

  intents(clientId: ClientId, limit: number): Promise<readonly Intent[]> {
    return this.#database.read(() => {
      const sql = "SELECT * FROM intents WHERE ID = ? ORDER BY Sequence LIMIT ?";
      return this.#sql.all<IntentRow>(sql, clientId, limit).map(intentOf);
    });
  }

  clientsWithIntents(after: Uint8Array, limit: number): Promise<readonly ClientId[]> {
    return this.#clientsIn("intents", { after, limit });
  }

  put(version: PendingVersion): Promise<string> {
    return this.#database.write(() => {
      const { clientId, fileName, staged, contents } = version;
      const location = choosePath(this.#sql, version);
      this.#recordVersion({ ...version, location });
      this.#sql.run(
        "INSERT OR REPLACE INTO unsynced (ID, FileName, Staged, Contents) VALUES (?, ?, ?, ?)",
        ...[clientId, fileName, staged, contents],
      );
      return location;
    }, { gathersLonger: true });
  }

  ack(versions: readonly PendingKey[]): Promise<void> {
    return this.#database.write(() => {
      for (const { clientId, fileName, staged } of versions) {
        this.#sql.run(
          "DELETE FROM unsynced WHERE ID = ? AND FileName = ? AND Staged = ?",
          ...[clientId, fileName, staged],
        );
      }
    }, { synced: () => false });
  }

  pending({ clientId, after = "", limit }: PendingPage): Promise<readonly PendingVersion[]> {
    return this.#database.read(() =>
      this.#sql.all<PendingRow>(
        "SELECT * FROM unsynced JOIN files USING (ID, FileName)" +
          " WHERE ID = ? AND FileName > ? ORDER BY FileName LIMIT ?",
        ...[clientId, after, limit],
      ).map(pendingOf)
    );
  }

  clientsWithPending(after: Uint8Array, limit: number): Promise<readonly ClientId[]> {
    return this.#clientsIn("unsynced", { after, limit });
  }

  /** Closes the database as `DurableDatabase` does. May be repeated. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#database[Symbol.asyncDispose]();
  }

  /** Writes the row of a version and removes the intents of its file. */
  #recordVersion(version: FileVersion): void {
    const { clientId, fileName } = version;
    const now = this.#now().toISOString();
    this.#sql.run(WRITE_VERSION, ...versionRow(version, now));
    this.#sql.run("UPDATE clients SET LastSeen = ? WHERE ID = ?", now, clientId);
    this.#sql.run("DELETE FROM intents WHERE ID = ? AND FileName = ?", clientId, fileName);
  }

  #clientsIn(
    table: "intents" | "unsynced",
    { after, limit }: { readonly after: Uint8Array; readonly limit: number },
  ): Promise<readonly ClientId[]> {
    return this.#database.read(() => {
      const sql = `SELECT DISTINCT ID FROM ${table} WHERE ID > ? ORDER BY ID LIMIT ?`;
      return this.#sql.all<{ readonly ID: ClientId }>(sql, after, limit).map(({ ID }) => ID);
    });
  }
}
