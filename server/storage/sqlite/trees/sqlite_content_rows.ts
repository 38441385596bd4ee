import type { Clock } from "../../../../shared/clock.ts";
import type { ContentRows, Garbage } from "../../content_rows.ts";
import type { DurableDatabase } from "../durable_database.ts";
import { releaseContents, smallRow } from "./release_contents.ts";
import { takeDown } from "./remove_entry.ts";

export interface SqliteContentRowsOptions {
  readonly clock: Clock;
  /** The number of this run of the server, not that of an earlier one. */
  readonly run: number;
}

/** The rows of contents in a SQLite database. */
export class SqliteContentRows implements ContentRows {
  readonly #database: DurableDatabase;
  readonly #options: SqliteContentRowsOptions;

  constructor(database: DurableDatabase, options: SqliteContentRowsOptions) {
    this.#database = database;
    this.#options = options;
  }

  begin(key: string): Promise<void> {
    return this.#database.write(() => {
      const insert = "INSERT INTO under_way (Key, Run) VALUES (?, ?)";
      this.#database.sql.run(insert, key, this.#options.run);
    });
  }

  abandon(key: string): Promise<void> {
    return this.#database.write(() => this.#abandon(key), { synced: () => false });
  }

  small(key: string): Promise<Uint8Array | undefined> {
    return this.#database.read(() => {
      const select = "SELECT Bytes FROM small_contents WHERE Row = ?";
      const row = smallRow(key) ?? -1;
      return this.#database.sql.get<{ readonly Bytes: Uint8Array }>(select, row)?.Bytes;
    });
  }

  isSmall(key: string): boolean {
    return smallRow(key) !== undefined;
  }

  abandonEarlier(limit: number): Promise<number> {
    return this.#database.write(() => {
      const keys = this.#database.sql.all<{ readonly Key: string }>(
        "SELECT Key FROM under_way WHERE Run <> ? LIMIT ?",
        ...[this.#options.run, limit],
      );
      for (const { Key } of keys) this.#abandon(Key);
      return keys.length;
    });
  }

  takeDown(limit: number): Promise<boolean> {
    return this.#database.write(() =>
      takeDown(this.#database.sql, { limit, now: this.#options.clock.date() })
    );
  }

  garbage(age: number, limit: number): Promise<readonly Garbage[]> {
    // A write, for its sync: contents must not be removed before the change that released them is
    // on the disk.
    return this.#database.write(() => {
      const until = new Date(this.#options.clock.date().getTime() - age).toISOString();
      return this.#database.sql.all<{ readonly Sequence: number; readonly Key: string }>(
        "SELECT Sequence, Key FROM garbage WHERE Since <= ? ORDER BY Sequence LIMIT ?",
        ...[until, limit],
      ).map(({ Sequence, Key }) => ({ sequence: Sequence, key: Key }));
    });
  }

  forget(garbage: readonly Garbage[]): Promise<void> {
    return this.#database.write(() => {
      for (const { sequence, key } of garbage) {
        const remove = "DELETE FROM garbage WHERE Sequence = ? AND Key = ?";
        this.#database.sql.run(remove, sequence, key);
      }
    }, { synced: () => false });
  }

  #abandon(key: string): void {
    const { sql } = this.#database;
    if (sql.run("DELETE FROM under_way WHERE Key = ?", key) === 0) return;
    releaseContents(sql, key, this.#options.clock.date());
  }
}
