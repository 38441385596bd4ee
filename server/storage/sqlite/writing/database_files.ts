import { StorageError } from "../../storage_error.ts";

/** What SQLite appends to the path of a database for its other files. */
const ENDS: readonly string[] = ["", "-wal", "-shm"];

/**
 * The files of an open database in WAL mode: itself, its log, and the index of its log. SQLite goes
 * on with files that were taken away from their paths, and nothing of that is there after a start.
 *
 * Only looks at their paths. To open and close one of them would drop SQLite's locks, which in
 * POSIX belong to the process.
 */
export class DatabaseFiles {
  /** What tells each file from all others, by path. */
  readonly #identities: ReadonlyMap<string, string | undefined>;

  /** `path` is that of a database which is open, without links. */
  constructor(path: string) {
    this.#identities = new Map(ENDS.map((end) => [path + end, identity(path + end)]));
  }

  /**
   * Returns an error, `database-gone`, if one of the files is no longer at its path, or another one
   * is. A system that cannot tell counts as if nothing had happened.
   */
  gone(): StorageError | undefined {
    for (const [path, opened] of this.#identities) {
      if (isGone(path, opened)) {
        return new StorageError(
          "database-gone",
          `The file ${JSON.stringify(path)} was removed or replaced while the server uses it: ` +
            "stop the server, put the files of the database back or restore a copy, and start it " +
            "again",
        );
      }
    }
    return undefined;
  }

  /**
   * Whether no other file has come to one of the paths, and the database itself is at its own. What
   * a removed log had can then be saved: SQLite still has it open.
   */
  onlyLogRemoved(): boolean {
    return [...this.#identities].every(([path, opened], index) => {
      const now = identity(path);
      return now === opened || (index > 0 && now === undefined);
    });
  }
}

function isGone(path: string, opened: string | undefined): boolean {
  try {
    return identity(path) !== opened;
  } catch {
    return false;
  }
}

/**
 * Returns what tells the file at a path from all others that exist, or undefined if there is none.
 * Synchronous, since the system has it in memory: three take about 25 microseconds. Throws the
 * system's error if it cannot tell.
 */
function identity(path: string): string | undefined {
  try {
    const { dev, ino } = Deno.lstatSync(path);
    return `${dev} ${ino}`;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return undefined;
    }
    throw error;
  }
}
