import type { Logger } from "@logtape/logtape";
import type { Clock } from "../../../shared/clock.ts";
import { keyText } from "../../../shared/protocol4/keys/public_key.ts";
import { messageOf } from "../../../shared/text/quoted.ts";
import { sameBytes } from "../../../shared/wire/bytes.ts";
import type { Counters } from "../../observe/counters.ts";
import type { SharedSecrets } from "../../storage/shared_secrets.ts";
import { StorageError } from "../../storage/storage_error.ts";
import type { ServerKey } from "../identity/key_text.ts";
import {
  countsFrom,
  keyAt,
  readSharedKey,
  SHARED_KEY,
  type SharedKey,
  sharedKeyText,
} from "../identity/shared_key.ts";

/** Milliseconds between two looks at the key on record: a change is announced for longer. */
const LOOK_EVERY = 2_000;

/** Milliseconds after a change for which the key before stays on record: servers may begin late. */
const FORGOTTEN_AFTER = 60_000;

/** What a key that is followed counts. */
export type FollowedKeyCounter = "keys-changed" | "key-changes-failed";

export interface FollowedKeyOptions {
  readonly shared: Pick<SharedSecrets, "kept" | "change" | "date">;
  /** The key that the server is known by. */
  readonly key: Pick<ServerKey, "spki">;
  /** Has the server known by another key. */
  readonly use: (key: ServerKey) => Promise<void>;
  readonly clock: Pick<Clock, "after">;
  readonly log: Logger;
  readonly counters: Counters<FollowedKeyCounter>;
}

/**
 * Has a server follow the key that all servers of its database share. A change is on record some
 * time before it counts, so that each server has seen it, and all change at the same moment by the
 * clock of the database, also while that is away.
 */
export class FollowedKey implements AsyncDisposable {
  readonly #options: FollowedKeyOptions;
  #spki: Uint8Array;
  /** What is on record, as far as it was seen. */
  #text: string | undefined;
  #known: SharedKey | undefined;
  #looking: Promise<void> = Promise.resolve();
  #callOff: () => void;
  #ended = false;

  private constructor(options: FollowedKeyOptions) {
    this.#options = options;
    this.#spki = options.key.spki;
    this.#callOff = this.#later(LOOK_EVERY);
  }

  /** Begins to look after the key. */
  static follow(options: FollowedKeyOptions): FollowedKey {
    return new FollowedKey(options);
  }

  /** Ends to look after it. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended = true;
    this.#callOff();
    await this.#looking;
  }

  #later(milliseconds: number): () => void {
    return this.#options.clock.after(milliseconds, () => {
      this.#looking = this.#look().then((next) => {
        if (!this.#ended) this.#callOff = this.#later(next);
      });
    });
  }

  /** Never rejects. Returns the milliseconds until it is to look again. */
  async #look(): Promise<number> {
    const { shared, log, counters } = this.#options;
    try {
      await this.#read();
      if (this.#known !== undefined) {
        await this.#follow(this.#known);
        await this.#forget(this.#known);
      }
    } catch (error) {
      counters.add("key-changes-failed");
      log.error("Cannot use the key that all servers have: {detail}", {
        detail: messageOf(error),
      });
    }
    const left = this.#known === undefined
      ? 0
      : countsFrom(this.#known).getTime() - shared.date().getTime();
    return left > 0 ? Math.min(left, LOOK_EVERY) : LOOK_EVERY;
  }

  async #read(): Promise<void> {
    const { shared, log } = this.#options;
    let text: string | undefined;
    try {
      text = await shared.kept(SHARED_KEY);
    } catch (error) {
      // What is known counts, until the database can be asked again.
      if (!(error instanceof StorageError)) throw error;
    }
    if (text === undefined || text === this.#text) return;
    const known = await readSharedKey(text);
    [this.#text, this.#known] = [text, known];
    const from = countsFrom(known);
    if (from <= shared.date()) return;
    log.info("The key of all servers is {key} from {from} on", {
      key: keyText(known.newest.spki),
      from: from.toISOString(),
    });
  }

  async #follow(known: SharedKey): Promise<void> {
    const { shared, use, log, counters } = this.#options;
    // Clients have followed it: a clock that was set back makes nothing undone.
    if (sameBytes(known.newest.spki, this.#spki)) return;
    const key = keyAt(known, shared.date());
    if (sameBytes(key.spki, this.#spki)) return;
    await use(key);
    this.#spki = key.spki;
    counters.add("keys-changed");
    log.info("Clients know the server by the key {key} now", { key: keyText(key.spki) });
  }

  /**
   * Takes the key before off the record: nothing needs it once the change is over, and who reads
   * the database would be the server to clients that have not followed yet.
   */
  async #forget(known: SharedKey): Promise<void> {
    const { shared } = this.#options;
    const since = shared.date().getTime() - countsFrom(known).getTime();
    if (known.before === undefined || this.#text === undefined || since < FORGOTTEN_AFTER) return;
    const { newest, earlier } = known;
    try {
      await shared.change(SHARED_KEY, this.#text, sharedKeyText({ newest, earlier }));
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
    }
  }
}
