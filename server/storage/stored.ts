import type { OpenContents } from "./contents/contents.ts";
import type { RowDatabase } from "./sql/work.ts";

/** The contents of a storage, opened for reading alone. All errors are a `StorageError`. */
export interface StoredContents {
  /**
   * Opens contents by their key, or by their path in the data folder (`FileVersion.location`);
   * undefined if there are none.
   */
  open(place: string): Promise<OpenContents | undefined>;
  /** Yields the keys of contents that begin with these digits, 0 to 2, some at a time. */
  keys(digits: string): AsyncIterable<readonly string[]>;
  /**
   * Yields the paths of contents in `received_files`, those of one client at a time, up to 500;
   * nothing where all contents have keys.
   */
  locations(): AsyncIterable<readonly string[]>;
}

/** A storage, opened for reading beside a server that may run. */
export interface Stored extends AsyncDisposable {
  readonly rows: Pick<RowDatabase, "read">;
  readonly contents: StoredContents;
  /** Whether the database has the tables `intents` and `unsynced`. */
  readonly hasJournal: boolean;
}
