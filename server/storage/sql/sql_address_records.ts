import type { Clock } from "../../../shared/clock.ts";
import type {
  AddressChange,
  AddressRecord,
  AddressRecords,
  AddressRules,
} from "../address_records.ts";
import { all, get, type RowDatabase, run, type Work } from "./work.ts";

/**
 * Milliseconds for which changes are read again: a transaction has its date from its beginning, and
 * may be committed after later ones were read.
 */
const AGAIN = 20_000;

/** The most addresses that are read at once: those that are banned for the longest come first. */
const MOST = 2_000;

/** Milliseconds between two removals of addresses of which nothing counts any more. */
const FORGET_EVERY = 60_000;

/** A row of the table `addresses`; times in milliseconds since 1970. */
interface AddressRow {
  readonly Address: string;
  readonly Failures: number;
  readonly FailuresAt: number;
  readonly BannedUntil: number;
  readonly Names: number;
  readonly NamesSince: number;
  readonly ChangedAt: number;
}

/** The records of addresses in a database of rows. */
export class SqlAddressRecords implements AddressRecords {
  readonly #database: RowDatabase;
  readonly #date: Clock["date"];
  #readAt = 0;
  #forgottenAt = -Infinity;

  /** `date` is the same for all servers. */
  constructor(database: RowDatabase, { date }: Pick<Clock, "date">) {
    this.#database = database;
    this.#date = date;
  }

  async exchange(
    changes: readonly AddressChange[],
    rules: AddressRules,
  ): Promise<readonly AddressRecord[]> {
    if (changes.length > 0) await this.#write(changes, rules);
    const now = this.#date().getTime();
    const rows = await this.#database.read(() =>
      all<AddressRow>(
        "SELECT * FROM addresses WHERE ChangedAt > ? AND ChangedAt <= ? AND Expires > ?" +
          " ORDER BY BannedUntil DESC, ChangedAt DESC LIMIT ?",
        ...[this.#readAt - AGAIN, now + AGAIN, now, MOST],
      )
    );
    this.#readAt = now;
    return rows.map((row) => recordOf(row, { now, rules }));
  }

  #write(changes: readonly AddressChange[], rules: AddressRules): Promise<void> {
    const now = this.#date().getTime();
    const forgets = now - this.#forgottenAt >= FORGET_EVERY;
    if (forgets) this.#forgottenAt = now;
    const of = changes.map(({ key }) => `address ${key}`);
    return this.#database.write(function* () {
      for (const change of changes) yield* add(change, { now, rules });
      if (forgets) yield* run("DELETE FROM addresses WHERE Expires <= ?", now);
    }, { of, durable: false });
  }
}

/** The date, and how it is counted. */
interface Counting {
  readonly now: number;
  readonly rules: AddressRules;
}

function* add(change: AddressChange, counting: Counting): Work<void> {
  const { now, rules } = counting;
  const row = yield* get<AddressRow>("SELECT * FROM addresses WHERE Address = ?", change.key);
  // What is of a later date was told before the clock was set back: a ban would last until then.
  const known = row && row.ChangedAt <= now + AGAIN ? recordOf(row, counting) : undefined;
  const failures = (known?.failures ?? 0) + change.failures;
  const names = Math.max(0, (known?.names ?? 0) + change.names);
  const namesSince = now - (known?.namesFor ?? 0);
  // Only who adds a failure bans: else a ban would begin again with each change of names.
  const isBanned = change.failures > 0 && failures >= rules.failures;
  const bannedUntil = now +
    Math.max(known?.bannedFor ?? 0, change.bannedFor, isBanned ? rules.banTime : 0);
  const expires = Math.max(
    ...[bannedUntil, namesSince + rules.namesTime, now + failures * rules.forgiveness],
  );
  yield* run(
    "INSERT INTO addresses (Address, Failures, FailuresAt, BannedUntil, Names, NamesSince," +
      " ChangedAt, Expires) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (Address) DO UPDATE SET" +
      " Failures = excluded.Failures, FailuresAt = excluded.FailuresAt," +
      " BannedUntil = excluded.BannedUntil, Names = excluded.Names," +
      " NamesSince = excluded.NamesSince, ChangedAt = excluded.ChangedAt," +
      " Expires = excluded.Expires",
    ...[change.key, failures, now, bannedUntil, names, namesSince, now, Math.ceil(expires)],
  );
}

/** What a row says at a later time. */
function recordOf(row: AddressRow, { now, rules }: Counting): AddressRecord {
  const forgiven = Math.max(0, now - row.FailuresAt) / rules.forgiveness;
  const isOver = now - row.NamesSince >= rules.namesTime;
  return {
    key: row.Address,
    failures: Math.max(0, row.Failures - forgiven),
    names: isOver ? 0 : row.Names,
    namesFor: isOver ? 0 : Math.max(0, now - row.NamesSince),
    bannedFor: Math.max(0, row.BannedUntil - now),
  };
}
