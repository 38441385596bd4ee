import type { ClientId } from "../../../../shared/wire/client_id.ts";
import type { Clock } from "../../../../shared/clock.ts";
import { splitTreePath } from "../../names/tree_path.ts";
import { StorageError } from "../../storage_error.ts";
import type { EntriesPage, Entry, Move, NewEntry, Recorded, Removal, Tree } from "../../tree.ts";
import type { DurableDatabase } from "../durable_database.ts";
import { claimContents } from "./claim_contents.ts";
import { entryOf } from "./entry_rows.ts";
import { listEntries } from "./list_entries.ts";
import { type KnownFolders, locate, recordedPath, target } from "./locate.ts";
import { moveEntry } from "./move_entry.ts";
import { recordEntry } from "./record_entry.ts";
import { removeEntry } from "./remove_entry.ts";

export interface SqliteTreeOptions {
  readonly clock: Clock;
  /** Called after changes that may have left something to the sweeper. */
  readonly onReleased?: () => void;
}

/**
 * The trees in a SQLite database: an entry is a row that names its folder, so that a move changes
 * one row.
 */
export class SqliteTree implements Tree {
  readonly #database: DurableDatabase;
  readonly #options: SqliteTreeOptions;

  constructor(database: DurableDatabase, options: SqliteTreeOptions) {
    this.#database = database;
    this.#options = options;
  }

  entry(clientId: ClientId, path: string): Promise<Entry | undefined> {
    return this.#database.read(() => {
      const located = locate(this.#database.sql, clientId, { names: splitTreePath(path) });
      const row = target(located);
      return row && entryOf(row, recordedPath(located));
    });
  }

  list(page: EntriesPage): Promise<readonly Entry[]> {
    return this.#database.read(() => listEntries(this.#database.sql, page));
  }

  async record(clientId: ClientId, change: NewEntry): Promise<Recorded> {
    return await this.#write(() => this.#record(clientId, { change }));
  }

  async recordAll(
    clientId: ClientId,
    changes: readonly NewEntry[],
  ): Promise<readonly (Recorded | StorageError)[]> {
    return await this.#write(() => {
      const folders: KnownFolders = new Map();
      return changes.map((change) => {
        try {
          return this.#record(clientId, { change, folders });
        } catch (error) {
          // It was refused before anything was written; errors of SQLite are no `StorageError` yet.
          if (error instanceof StorageError) return error;
          throw error;
        }
      });
    });
  }

  move(move: Move): Promise<Recorded> {
    return this.#write(() => moveEntry(this.#database.sql, move, this.#options.clock.date()));
  }

  remove(removal: Removal): Promise<Entry> {
    return this.#write(() => removeEntry(this.#database.sql, removal, this.#options.clock.date()));
  }

  async #write<T>(work: () => T): Promise<T> {
    const result = await this.#database.write(work);
    this.#options.onReleased?.();
    return result;
  }

  #record(
    clientId: ClientId,
    { change, folders }: { readonly change: NewEntry; readonly folders?: KnownFolders },
  ): Recorded {
    const { sql } = this.#database;
    return recordEntry(sql, {
      clientId,
      change,
      ...(folders && { folders }),
      claim: () => change.kind === "file" ? claimContents(sql, change.contents) : "",
      now: this.#options.clock.date(),
    });
  }
}
