import type { ClientId } from "../../../../shared/wire/client_id.ts";
import type { Clock } from "../../../../shared/clock.ts";
import { splitTreePath } from "../../names/tree_path.ts";
import { StorageError } from "../../storage_error.ts";
import type {
  EntriesPage,
  Entry,
  Move,
  NewEntry,
  Recorded,
  Removal,
  Tree,
} from "../../trees/tree.ts";
import { claimContents } from "../release_contents.ts";
import { entryOf } from "./entry_rows.ts";
import { listEntries } from "./list_entries.ts";
import { type KnownFolders, locate, recordedPath, target } from "./locate.ts";
import { moveEntry } from "./move_entry.ts";
import { recordEntry } from "./record_entry.ts";
import { removeEntry } from "./remove_entry.ts";

import { ofClient, type RowDatabase, type Work, type WriteOptions } from "../work.ts";

export interface SqlTreeOptions {
  readonly clock: Pick<Clock, "date">;
  /** Called after changes that may have left something to the sweeper. */
  readonly onReleased?: () => void;
}

/**
 * The trees in a database: an entry is a row that names its folder, so that a move changes one row.
 */
export class SqlTree implements Tree {
  readonly #database: RowDatabase;
  readonly #options: SqlTreeOptions;

  constructor(database: RowDatabase, options: SqlTreeOptions) {
    this.#database = database;
    this.#options = options;
  }

  entry(clientId: ClientId, path: string): Promise<Entry | undefined> {
    return this.#database.read(function* () {
      const located = yield* locate(clientId, { names: splitTreePath(path) });
      const row = target(located);
      return row && entryOf(row, recordedPath(located));
    }, { snapshot: true });
  }

  list(page: EntriesPage): Promise<readonly Entry[]> {
    return this.#database.read(() => listEntries(page), { snapshot: true });
  }

  record(clientId: ClientId, change: NewEntry): Promise<Recorded> {
    return this.#write(clientId, () => this.#record(clientId, { change }));
  }

  recordAll(
    clientId: ClientId,
    changes: readonly NewEntry[],
  ): Promise<readonly (Recorded | StorageError)[]> {
    return this.#write(clientId, () => this.#recordAll(clientId, changes));
  }

  move(move: Move): Promise<Recorded> {
    return this.#write(move.clientId, () => moveEntry(move, this.#options.clock.date()));
  }

  remove(removal: Removal): Promise<Entry> {
    const work = () => removeEntry(removal, this.#options.clock.date());
    return this.#write(removal.clientId, work, { mayUseReserve: true });
  }

  async #write<T>(
    clientId: ClientId,
    work: () => Work<T>,
    options: Pick<WriteOptions, "mayUseReserve"> = {},
  ): Promise<T> {
    const result = await this.#database.write(work, { of: [ofClient(clientId)], ...options });
    this.#options.onReleased?.();
    return result;
  }

  *#recordAll(
    clientId: ClientId,
    changes: readonly NewEntry[],
  ): Work<readonly (Recorded | StorageError)[]> {
    const folders: KnownFolders = new Map();
    const results: (Recorded | StorageError)[] = [];
    for (const change of changes) {
      try {
        results.push(yield* this.#record(clientId, { change, folders }));
      } catch (error) {
        // It was refused before anything was written; errors of a database are none of these yet.
        if (!(error instanceof StorageError)) throw error;
        results.push(error);
      }
    }
    return results;
  }

  *#record(
    clientId: ClientId,
    { change, folders }: { readonly change: NewEntry; readonly folders?: KnownFolders },
  ): Work<Recorded> {
    return yield* recordEntry({
      clientId,
      change,
      ...(folders && { folders }),
      *claim() {
        return change.kind === "file" ? yield* claimContents(change.contents) : "";
      },
      now: this.#options.clock.date(),
    });
  }
}
