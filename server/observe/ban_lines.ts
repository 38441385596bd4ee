import type { Logger } from "@logtape/logtape";
import type { Clock } from "../../shared/clock.ts";

/** Maximum number of bans whose end is logged. */
const MOST = 10_000;

/** Logs the start and the end of bans. */
export class BanLines implements Disposable {
  readonly #log: Logger;
  readonly #clock: Pick<Clock, "after">;
  /** Cancels the line for the end of each ban, by address. */
  readonly #ends = new Map<string, () => void>();

  constructor(log: Logger, clock: Pick<Clock, "after">) {
    this.#log = log;
    this.#clock = clock;
  }

  /** Records that an address is banned for so many milliseconds from now on, possibly again. */
  banned(address: string, milliseconds: number): void {
    const cancel = this.#ends.get(address);
    cancel?.();
    if (cancel === undefined) {
      const seconds = Math.round(milliseconds / 1000);
      this.#log.warn("Banned {address} for {seconds} s: it failed too often", { address, seconds });
      if (this.#ends.size >= MOST) return;
    }
    const end = () => {
      this.#ends.delete(address);
      this.#log.info("No longer banned: {address}", { address });
    };
    this.#ends.set(address, this.#clock.after(milliseconds, end));
  }

  /** Cancels all timers. */
  [Symbol.dispose](): void {
    for (const cancel of this.#ends.values()) cancel();
    this.#ends.clear();
  }
}
