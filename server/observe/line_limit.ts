import type { LogRecord } from "@logtape/logtape";
import type { Clock } from "../../shared/clock.ts";

/** Milliseconds in which lines of one kind about one address become one. */
const SECOND = 1_000;

/** Maximum kinds of lines that are told apart by address at a time; each takes about 1 KiB. */
const MOST_APART = 4_096;

export interface LineLimitOptions {
  /** Called with each record that becomes a line. */
  readonly write: (record: LogRecord) => void;
  /** Returns what stands for an address and all others of the same sender. */
  readonly addressKey: (address: string) => string;
  readonly clock: Pick<Clock, "now">;
}

/** Records of one kind that were suppressed. */
interface Suppressed {
  readonly since: number;
  count: number;
  last: LogRecord | undefined;
}

/**
 * Lets one line per second pass about the same refusal of the same address, so that no client fills
 * the disk with them: a request that is refused takes fewer bytes than the line about it.
 *
 * A record with a `reason`, or with an `event` of a client, passes when it is the first. Those that
 * follow within a second are suppressed; the last of them is written when the second is over and
 * another record comes, or when the server says something about itself, with their number as
 * `times` if there were several. Counters count each.
 */
export class LineLimit {
  readonly #options: LineLimitOptions;
  /** By kind and address; the earliest second first. */
  readonly #suppressed = new Map<string, Suppressed>();

  constructor(options: LineLimitOptions) {
    this.#options = options;
  }

  /** The number of kinds of lines, by address, that are being suppressed. */
  get size(): number {
    return this.#suppressed.size;
  }

  /** Writes a record, or suppresses it. */
  write(record: LogRecord): void {
    const now = this.#options.clock.now();
    const { reason, event, connection } = record.properties;
    const kind = reason ?? event;
    this.#tell(kind === undefined && connection === undefined ? Infinity : now);
    if (kind === undefined) return this.#options.write(record);
    const key = this.#keyOf(String(kind), record.properties);
    const suppressed = this.#suppressed.get(key);
    if (suppressed === undefined) {
      this.#suppressed.set(key, { since: now, count: 0, last: undefined });
      return this.#options.write(record);
    }
    suppressed.count += 1;
    suppressed.last = record;
  }

  /** Writes what was suppressed in the seconds that are over at this time. */
  #tell(now: number): void {
    for (const [key, { since, count, last }] of this.#suppressed) {
      if (now - since < SECOND) return;
      this.#suppressed.delete(key);
      if (last === undefined) continue;
      // What goes on has a line for each second from here on.
      if (now < Infinity) this.#suppressed.set(key, { since: now, count: 0, last: undefined });
      const times = count > 1 ? { times: count } : {};
      this.#options.write({ ...last, properties: { ...last.properties, ...times } });
    }
  }

  #keyOf(kind: string, { reason, address, client }: LogRecord["properties"]): string {
    if (this.#suppressed.size >= MOST_APART) return kind;
    const from = typeof address === "string" ? this.#options.addressKey(address) : "";
    // Clients behind one address have a line each for what they were granted.
    return reason === undefined ? `${kind} ${from} ${client}` : `${kind} ${from}`;
  }
}
