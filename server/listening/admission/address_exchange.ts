import { type Clock, pause } from "../../../shared/clock.ts";
import type { AddressRecords } from "../../storage/address_records.ts";
import { StorageError } from "../../storage/storage_error.ts";
import type { PeerAddresses } from "./peer_addresses.ts";

/** Milliseconds between two exchanges. */
const EVERY = 1_000;

export interface AddressExchangeOptions {
  readonly addresses: Pick<PeerAddresses, "tell" | "notTold" | "learn" | "rules">;
  readonly records: AddressRecords;
  readonly clock: Pick<Clock, "after">;
}

/**
 * Tells the other servers of a database of failures, registrations and bans, and learns of theirs,
 * once a second. No connection waits for it: each is judged by what is known. While the database is
 * away, that is what this server knew before and has counted since, and it is told later.
 */
export class AddressExchange implements AsyncDisposable {
  readonly #options: AddressExchangeOptions;
  readonly #ending = new AbortController();
  readonly #running: Promise<void>;

  constructor(options: AddressExchangeOptions) {
    this.#options = options;
    this.#running = this.#run();
  }

  /** Tells what is left, and ends. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#ending;
    for (;;) {
      await this.#exchange();
      if (signal.aborted) return;
      await pause(this.#options.clock, EVERY, { signal });
    }
  }

  async #exchange(): Promise<void> {
    const { addresses, records } = this.#options;
    const changes = addresses.tell();
    try {
      addresses.learn(await records.exchange(changes, addresses.rules));
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      // Told twice, one failure would count for two.
      if (error.reason !== "outcome-unknown") addresses.notTold(changes);
    }
  }
}
