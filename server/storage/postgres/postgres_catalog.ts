import type { Clock } from "../../../shared/clock.ts";
import { nameKey } from "../../../shared/names/name_key.ts";
import type { ClientId } from "../../../shared/wire/client_id.ts";
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
import {
  clientOf,
  type ClientRow,
  fileOf,
  type FileRow,
  versionRow,
  withdrawClaim,
  WRITE_VERSION,
} from "../sql/catalog_rows.ts";
import { all, get, ofClient, ofName, type RowDatabase, run, type Work } from "../sql/work.ts";
import { StorageError } from "../storage_error.ts";

/** The usage of all clients, and of one, if it is registered. */
interface UsageRow {
  readonly AllFiles: number;
  readonly AllBytes: number;
  readonly Files: number | null;
  readonly Bytes: number | null;
  readonly Found?: boolean;
}

/** The columns of a `UsageRow`. */
const USAGE = "CAST(sum(totals.Files) AS bigint) AS AllFiles," +
  " CAST(sum(totals.Bytes) AS bigint) AS AllBytes," +
  " (SELECT Files FROM clients WHERE ID = ?) AS Files," +
  " (SELECT Bytes FROM clients WHERE ID = ?) AS Bytes";

/** Whether a file is there, by its name or by its key: each condition has an index. */
const FOUND = "(EXISTS (SELECT 1 FROM files WHERE ID = ? AND FileName = ?)" +
  " OR EXISTS (SELECT 1 FROM files WHERE ID = ? AND NameKey = ?)) AS Found";

/** The catalog in a PostgreSQL. Whose it is closes the database. */
export class PostgresCatalog implements Catalog {
  readonly #database: RowDatabase;
  readonly #now: Clock["date"];

  constructor(database: RowDatabase, { clock }: { readonly clock: Pick<Clock, "date"> }) {
    this.#database = database;
    this.#now = clock.date;
  }

  register(
    { id, name, revision }: Pick<ClientRecord, "id" | "name" | "revision">,
    claim?: NameClaim,
  ): Promise<"registered" | "name-taken"> {
    const now = this.#now();
    return this.#database.write(function* () {
      if (claim !== undefined) yield* withdrawClaim(name, { ...claim, now });
      if (yield* get("SELECT 1 FROM clients WHERE Name = ?", name)) return "name-taken";
      yield* run(
        "INSERT INTO clients (ID, Name, LastSeen, Revision) VALUES (?, ?, ?, ?)",
        ...[id.slice(), name, now.toISOString(), revision],
      );
      return "registered";
    }, { of: [ofName(name), ofClient(id)] });
  }

  client(id: ClientId): Promise<ClientRecord | undefined> {
    return this.#database.read(function* () {
      const select = "SELECT * FROM clients WHERE ID = ? AND Protocol = 3";
      const row = yield* get<ClientRow>(select, id);
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
    const date = this.#now().toISOString();
    return this.#database.write(function* () {
      const changed = yield* run(
        "UPDATE clients SET PublicKey = coalesce(?, PublicKey), AESKey = ?, LastSeen = ? " +
          "WHERE ID = ? AND Protocol = 3",
        ...[publicKey ?? null, aesKey, date, id],
      );
      if (changed === 0) throw unknownClient();
    }, { of: [ofClient(id)] });
  }

  record(version: FileVersion): Promise<void> {
    const date = this.#now().toISOString();
    return this.#database.write(() => recordVersion(version, date), {
      of: [ofClient(version.clientId)],
    });
  }

  file(clientId: ClientId, fileName: string): Promise<FileRecord | undefined> {
    return this.#database.read(function* () {
      // Two files of an older version may have the same key: the one of this very name is used, or
      // the first one recorded. Each half has an index that says all; one condition for both has
      // not.
      const row = yield* get<FileRow>(
        "SELECT * FROM (SELECT 0 AS Rank, files.* FROM files WHERE ID = ? AND FileName = ?" +
          " UNION ALL SELECT 1 AS Rank, files.* FROM files WHERE ID = ? AND NameKey = ?) AS Found" +
          " ORDER BY Rank, rowid LIMIT 1",
        ...[clientId, fileName, clientId, nameKey(fileName)],
      );
      return row && fileOf(row);
    });
  }

  files(
    { clientId, after, limit = FILES_ON_PAGE }: FilesPage = {},
  ): Promise<readonly FileRecord[]> {
    const [id, name] = [after?.clientId ?? new Uint8Array(), after?.fileName ?? ""];
    return this.#database.read(function* () {
      const rows = clientId === undefined
        ? yield* all<FileRow>(
          "SELECT * FROM files WHERE (ID, FileName) > (?, ?) ORDER BY ID, FileName LIMIT ?",
          ...[id, name, limit],
        )
        : yield* all<FileRow>(
          "SELECT * FROM files WHERE ID = ? AND FileName > ? ORDER BY FileName LIMIT ?",
          ...[clientId, name, limit],
        );
      return rows.map(fileOf);
    });
  }

  usage(clientId: ClientId, fileName?: string): Promise<UsageOfClient> {
    return this.#database.read(function* () {
      const row = fileName === undefined
        ? yield* get<UsageRow>(`SELECT ${USAGE} FROM totals`, clientId, clientId)
        : yield* get<UsageRow>(
          `SELECT ${USAGE}, ${FOUND} FROM totals`,
          ...[clientId, clientId, clientId, fileName, clientId, nameKey(fileName)],
        );
      return {
        client: { files: row?.Files ?? 0, bytes: row?.Bytes ?? 0 },
        all: { files: row?.AllFiles ?? 0, bytes: row?.AllBytes ?? 0 },
        ...(fileName !== undefined && { found: row?.Found === true }),
      };
    });
  }

  /** Resolves at once: PostgreSQL looks at each page that it reads, if it has checksums. */
  check(): Promise<void> {
    return Promise.resolve();
  }

  /** Does nothing: the database is closed by who opened it. */
  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}

function* recordVersion(version: FileVersion, date: string): Work<void> {
  yield* run(WRITE_VERSION, ...versionRow(version, date));
  yield* run("UPDATE clients SET LastSeen = ? WHERE ID = ?", date, version.clientId);
}

function unknownClient(): StorageError {
  return new StorageError("unknown-client", "No client with this id is registered");
}
