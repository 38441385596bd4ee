import type { Clock } from "../../../shared/clock.ts";
import type { Contents } from "../contents/contents.ts";
import type { Uploads } from "../trees/uploads.ts";
import { GARBAGE_TIME } from "./keyed_contents.ts";

/** Milliseconds after the time of garbage for the sweep that removes it. */
const AFTER = 1_000;

/** Milliseconds between two sweeps that nothing has asked for: for uploads that expire. */
const EVERY = 10 * 60_000;

export interface SweeperOptions {
  readonly contents: Pick<Contents, "sweep">;
  readonly uploads: Pick<Uploads, "sweep">;
  readonly clock: Clock;
  /** See `KeyedContentsOptions`. */
  readonly garbageTime?: number;
  /** Milliseconds between two sweeps that nothing has asked for. Default: ten minutes. */
  readonly every?: number;
  /** Called with the reason why a sweep failed. It is tried again. */
  readonly onTrouble?: (error: unknown) => void;
}

/** Sweeps in the background: soon after something was released, and now and then. */
export class Sweeper implements AsyncDisposable {
  readonly #options: SweeperOptions;
  readonly #soon: number;
  readonly #every: number;
  #cancel: () => void;
  /** When contents were last released, by the clock. */
  #released: number;
  /** Whether the next sweep is the one that something has asked for. */
  #asked = true;
  #sweep: Promise<void> = Promise.resolve();
  #disposed = false;

  /** The first sweep is soon: for what an earlier run has left. */
  constructor(options: SweeperOptions) {
    this.#options = options;
    this.#every = options.every ?? EVERY;
    this.#soon = Math.min((options.garbageTime ?? GARBAGE_TIME) + AFTER, this.#every);
    this.#released = options.clock.now();
    this.#cancel = this.#sweepAfter(this.#soon);
  }

  /** To be called when something was released. */
  wake(): void {
    this.#released = this.#options.clock.now();
    if (this.#asked || this.#disposed) return;
    this.#asked = true;
    this.#cancel();
    this.#cancel = this.#sweepAfter(this.#soon);
  }

  /** Ends sweeping; waits for a sweep under way. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true;
    this.#cancel();
    await this.#sweep;
  }

  #sweepAfter(milliseconds: number): () => void {
    const { clock } = this.#options;
    return clock.after(milliseconds, () => {
      // Contents that are released from now on are too young for this sweep.
      const rest = this.#released + this.#soon - clock.now();
      this.#asked = rest > 0;
      this.#cancel = this.#sweepAfter(this.#asked ? rest : this.#every);
      this.#sweep = this.#sweep.then(() => this.#run());
    });
  }

  async #run(): Promise<void> {
    const { contents, uploads, onTrouble } = this.#options;
    try {
      if (await uploads.sweep() > 0) this.wake();
      if (!this.#disposed) await contents.sweep();
    } catch (error) {
      onTrouble?.(error);
    }
  }
}
