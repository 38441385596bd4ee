import type { Logger } from "@logtape/logtape";

/** Maximum number of bans whose end is logged. */
const MOST = 10_000;

/** Logs the start and the end of bans. */
export class BanLines implements Disposable {
  readonly #log: Logger;
  /** The timer for the end of each ban, by address. */
  readonly #ends = new Map<string, ReturnType<typeof setTimeout>>();

  constructor(log: Logger) {
    this.#log = log;
  }

  /** Records that an address is banned for so many milliseconds from now on, possibly again. */
  banned(address: string, milliseconds: number): void {
    const known = this.#ends.get(address);
    clearTimeout(known);
    if (known === undefined) {
      const seconds = Math.round(milliseconds / 1000);
      this.#log.warn("Banned {address} for {seconds} s: it failed too often", { address, seconds });
      if (this.#ends.size >= MOST) return;
    }
    const end = () => {
      this.#ends.delete(address);
      this.#log.info("No longer banned: {address}", { address });
    };
    this.#ends.set(address, setTimeout(end, milliseconds));
  }

  /** Cancels all timers. */
  [Symbol.dispose](): void {
    for (const end of this.#ends.values()) clearTimeout(end);
    this.#ends.clear();
  }
}
