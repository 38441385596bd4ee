import type { Clock } from "../../../shared/clock.ts";
import type { ContentRows, Garbage } from "../contents/content_rows.ts";
import { all, get, ofClient, type RowDatabase, run, type Work, type WriteOptions } from "./work.ts";
import { releaseContents, smallRow } from "./release_contents.ts";
import { clientWithDetached, removeDetached } from "./entries/remove_entry.ts";

/** Names the rows of contents that no client has, for `WriteOptions.of`. */
const SWEEP = "sweep";

/** From this many milliseconds on, a clock was set back, and not only corrected. */
const SET_BACK = 3_600_000;

export interface SqlContentRowsOptions {
  readonly clock: Pick<Clock, "date">;
  /** The number of this run of the server, not that of an earlier one; it may get another. */
  readonly run: number | (() => number);
  /**
   * Returns numbers of runs that have ended, of those that have contents under way. Default: all
   * but that of this run.
   */
  readonly ended?: (own: number) => Work<readonly number[]>;
}

/** The rows of contents in a database. */
export class SqlContentRows implements ContentRows {
  readonly #database: RowDatabase;
  readonly #options: SqlContentRowsOptions;

  constructor(database: RowDatabase, options: SqlContentRowsOptions) {
    this.#database = database;
    this.#options = options;
  }

  begin(key: string): Promise<void> {
    const insert = "INSERT INTO under_way (Key, Run) VALUES (?, ?)";
    return this.#change(key, () => run(insert, key, this.#run()));
  }

  abandon(key: string): Promise<void> {
    return this.#change(key, () => abandon(key, this.#now()), {
      durable: false,
      mayUseReserve: true,
    });
  }

  small(key: string): Promise<Uint8Array | undefined> {
    return this.#database.read(function* () {
      const select = "SELECT Bytes FROM small_contents WHERE Row = ?";
      const row = smallRow(key) ?? -1;
      return (yield* get<{ readonly Bytes: Uint8Array }>(select, row))?.Bytes;
    });
  }

  isSmall(key: string): boolean {
    return smallRow(key) !== undefined;
  }

  abandonEarlier(limit: number): Promise<number> {
    const { ended = otherRuns } = this.#options;
    const own = this.#run();
    return this.#database.write(() => abandonAll(ended(own), { limit, now: this.#now() }), {
      of: [SWEEP],
      mayUseReserve: true,
    });
  }

  async removeDetached(limit: number): Promise<boolean> {
    const clientId = await this.#database.read(clientWithDetached);
    if (clientId === undefined) return false;
    await this.#database.write(() => removeDetached({ clientId, limit, now: this.#now() }), {
      of: [ofClient(clientId)],
      mayUseReserve: true,
    });
    return true;
  }

  garbage(age: number, limit: number): Promise<readonly Garbage[]> {
    // A later date is from before the clock was set back; such contents would stay until then.
    const dates = () => {
      const now = this.#now().getTime();
      return [now - age, now + SET_BACK].map((time) => new Date(time).toISOString());
    };
    // A write, for its sync: contents must not be removed before the change that released them is
    // on the disk.
    return this.#database.write(function* () {
      const rows = yield* all<{ readonly Sequence: number; readonly Key: string }>(
        "SELECT Sequence, Key FROM garbage WHERE Since <= ? OR Since > ?" +
          " ORDER BY Sequence LIMIT ?",
        ...[...dates(), limit],
      );
      return rows.map(({ Sequence, Key }) => ({ sequence: Sequence, key: Key }));
    }, { of: [SWEEP] });
  }

  forget(garbage: readonly Garbage[]): Promise<void> {
    return this.#database.write(function* () {
      for (const { sequence, key } of garbage) {
        yield* run("DELETE FROM garbage WHERE Sequence = ? AND Key = ?", sequence, key);
      }
    }, { of: [SWEEP], durable: false, mayUseReserve: true });
  }

  async #change(
    key: string,
    work: () => Work<unknown>,
    options: Omit<WriteOptions, "of"> = {},
  ): Promise<void> {
    await this.#database.write(work, { of: [`contents ${key}`], ...options });
  }

  #run(): number {
    const { run } = this.#options;
    return typeof run === "number" ? run : run();
  }

  #now(): Date {
    return this.#options.clock.date();
  }
}

function* otherRuns(own: number): Work<readonly number[]> {
  const others = "SELECT DISTINCT Run FROM under_way WHERE Run <> ?";
  return (yield* all<{ readonly Run: number }>(others, own)).map(({ Run }) => Run);
}

/** Abandons up to `limit` contents of runs that have ended. Returns their number. */
function* abandonAll(
  ended: Work<readonly number[]>,
  { limit, now }: { readonly limit: number; readonly now: Date },
): Work<number> {
  let abandoned = 0;
  for (const run of yield* ended) {
    const select = "SELECT Key FROM under_way WHERE Run = ? LIMIT ?";
    const keys = yield* all<{ readonly Key: string }>(select, run, limit - abandoned);
    for (const { Key } of keys) yield* abandon(Key, now);
    abandoned += keys.length;
    if (abandoned >= limit) break;
  }
  return abandoned;
}

function* abandon(key: string, now: Date): Work<void> {
  if ((yield* run("DELETE FROM under_way WHERE Key = ?", key)) === 0) return;
  yield* releaseContents(key, now);
}
