import { pause } from "../../../../shared/clock.ts";
import {
  columnsOf,
  countRows,
  lastKey,
  named,
  PAGE,
  type Row,
  type Table,
  TABLES,
} from "../../sql/table_rows.ts";
import type { SqlValue, Work } from "../../sql/work.ts";
import { StorageError } from "../../storage_error.ts";
import { type PostgresAccess, reachOf } from "../sessions/access.ts";
import { doWork } from "../transactions/do_work.ts";
import { LOCKS, migrate } from "../schema/migrate.ts";
import { expectSessions } from "../pooler.ts";
import { postgresError } from "../postgres_error.ts";
import type { Session } from "../sessions/session.ts";

/** The name of the secret that says what was moved into a database. */
const NOTE = "migration";

/** Where a database says that contents lie while it is moved: servers refuse to use it then. */
const NOT_FINISHED = "a migration that is not finished";

/** Milliseconds between two looks whether the lock of a run that was killed is free. */
const LOOK_EVERY = 100;

/** What was moved: the source, by what it has, and where its contents go. */
export interface MigrationNote {
  readonly source: string;
  readonly place: string;
}

/** A PostgreSQL that rows are moved into. One run has it at a time. */
export class MigrationTarget implements AsyncDisposable {
  readonly #session: Session;
  readonly #shown: string;

  private constructor(session: Session, shown: string) {
    this.#session = session;
    this.#shown = shown;
  }

  /** Opens it, with its schema brought up to date. Rejects with a `StorageError`. */
  static async open(access: PostgresAccess): Promise<MigrationTarget> {
    const { clock } = access;
    const reach = await reachOf(access);
    const { connectDirect, shownDirect: shown, times } = reach;
    const session = await connectDirect();
    try {
      await expectSessions(session, reach);
      await migrate(session, { shown });
      const end = clock.now() + times.retryTime;
      while (!await isLocked(session)) {
        if (clock.now() >= end) {
          throw new StorageError("database-busy", `Another migration into ${shown} is under way`);
        }
        await pause(clock, LOOK_EVERY);
      }
      return new MigrationTarget(session, shown);
    } catch (error) {
      await session[Symbol.asyncDispose]();
      throw postgresError(error, shown);
    }
  }

  /**
   * Returns whether this migration has not begun, was begun, or was finished before. Throws a
   * `StorageError`, `database-foreign`, if the database has anything else.
   */
  async state({ source, place }: MigrationNote): Promise<"new" | "begun" | "finished"> {
    const [secret] = await this.#rows("SELECT Value FROM secrets WHERE Name = ?", [NOTE]);
    const [bound] = await this.#rows("SELECT Place FROM content_place");
    if (secret === undefined) {
      if (bound === undefined && await this.#isEmpty()) return "new";
      throw this.#foreign("has files or clients already: name an empty one with --to");
    }
    const note: MigrationNote = JSON.parse(String(secret["Value"]));
    if (note.source !== source) {
      throw this.#foreign(
        "has what was moved from another source, or from this one before a server used it " +
          "again: name an empty one with --to",
      );
    }
    if (note.place !== place) {
      throw this.#foreign(`has rows of contents in ${note.place}: name that with --store`);
    }
    return bound?.["Place"] === NOT_FINISHED ? "begun" : "finished";
  }

  /** Notes that a migration has begun: no server uses the database until it is finished. */
  begin(note: MigrationNote): Promise<void> {
    return this.#transaction(async () => {
      const place = "INSERT INTO content_place (Only, Place) VALUES (1, ?)";
      await this.#session.query(place, [NOT_FINISHED]);
      const secret = "INSERT INTO secrets (Name, Value) VALUES (?, ?)";
      await this.#session.query(secret, [NOTE, JSON.stringify(note)]);
    });
  }

  /** Returns the key of the last row that was moved. */
  lastKey(table: Table): Promise<readonly SqlValue[] | undefined> {
    return this.#read(lastKey(table));
  }

  /** Returns the number of rows. */
  count(table: Table): Promise<number> {
    return this.#read(countRows(table));
  }

  /** Adds rows, all or none; those that are there stay as they are. */
  add(table: Table, rows: readonly Row[]): Promise<void> {
    return this.#transaction(async () => {
      for (let at = 0; at < rows.length; at += PAGE) {
        await this.#insert(table, rows.slice(at, at + PAGE));
      }
    });
  }

  /** Keeps a secret of all servers, unless there is one of this name. */
  async keep(name: string, text: string): Promise<void> {
    const insert = "INSERT INTO secrets (Name, Value) VALUES (?, ?) ON CONFLICT DO NOTHING";
    await this.#rows(insert, [name, text]);
  }

  /** Ends a migration, all of whose rows are there: servers may use the database. */
  finish({ place }: MigrationNote): Promise<void> {
    return this.#transaction(async () => {
      for (const { name, numbered } of TABLES) {
        if (numbered === undefined) continue;
        await this.#session.query(
          `SELECT setval(pg_get_serial_sequence('${name}', '${numbered}'),` +
            ` coalesce(max(${numbered}), 0) + 1, false) FROM ${name}`,
        );
      }
      await this.#session.query("UPDATE content_place SET Place = ?", [place]);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session[Symbol.asyncDispose]();
  }

  /** Adds rows by one statement: what is counted and looked up is so once, and not for each row. */
  async #insert(table: Table, rows: readonly Row[]): Promise<void> {
    const columns = columnsOf(table);
    const row = `(${columns.map(() => "?").join(", ")})`;
    await this.#session.query(
      `INSERT INTO ${table.name} (${named(columns)})` +
        (table.numbered === undefined ? "" : " OVERRIDING SYSTEM VALUE") +
        ` VALUES ${rows.map(() => row).join(", ")} ON CONFLICT DO NOTHING`,
      rows.flatMap((one) => columns.map((column) => one[column] ?? null)),
    );
  }

  async #isEmpty(): Promise<boolean> {
    const others = ["secrets", "under_way", "garbage", "upload_pieces", "uploads"];
    for (const name of [...TABLES.map((table) => table.name), ...others]) {
      if ((await this.#rows(`SELECT 1 AS Found FROM ${name} LIMIT 1`)).length > 0) return false;
    }
    return true;
  }

  #foreign(what: string): StorageError {
    return new StorageError("database-foreign", `The database ${this.#shown} ${what}`);
  }

  async #rows(sql: string, values: readonly SqlValue[] = []): Promise<readonly Row[]> {
    try {
      return (await this.#session.query(sql, values)).rows as readonly Row[];
    } catch (error) {
      throw postgresError(error, this.#shown);
    }
  }

  async #read<T>(work: Work<T>): Promise<T> {
    const done = await doWork(this.#session, work);
    if (done.kind === "done") return done.value;
    throw postgresError(done.error, this.#shown);
  }

  async #transaction(work: () => Promise<void>): Promise<void> {
    try {
      await this.#session.query("BEGIN");
      await work();
      await this.#session.query("COMMIT");
    } catch (error) {
      await this.#session.query("ROLLBACK").catch(() => {});
      throw postgresError(error, this.#shown);
    }
  }
}

async function isLocked(session: Session): Promise<boolean> {
  const lock = "SELECT pg_try_advisory_lock(?, 1) AS Locked";
  const { rows: [row] } = await session.query(lock, [LOCKS.migration]);
  return (row as { readonly Locked: boolean }).Locked;
}
