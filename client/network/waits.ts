import { type Clock, pause } from "../../shared/clock.ts";
import type { ClientError, ClientReason } from "../client_error.ts";
import { type BusyRetry, BusyWait } from "./busy_wait.ts";

/** A wait for a server that was lost. */
export interface Waiting {
  /** The server, as `host:port`. */
  readonly server: string;
  /** What the last attempt failed with. */
  readonly reason: ClientReason;
  readonly message: string;
  /** Milliseconds since the loss. */
  readonly waited: number;
  /** Milliseconds for which attempts go on. */
  readonly left: number;
}

/** Told of a wait when it begins and as it goes on, and once it is over with undefined. */
export type OnWaiting = (waiting: Waiting | undefined) => void;

/**
 * The waits of all requests to one server, told as one. A loss alone is no wait: the first attempt
 * after it follows at once.
 */
export class Waits {
  readonly #server: string;
  readonly #clock: Pick<Clock, "now">;
  readonly #onWaiting: OnWaiting;
  /** When each request that waits was lost. */
  readonly #since = new Map<object, number>();
  #told = false;

  constructor(
    { server, clock, onWaiting }: {
      readonly server: string;
      readonly clock: Pick<Clock, "now">;
      readonly onWaiting: OnWaiting;
    },
  ) {
    this.#server = server;
    this.#clock = clock;
    this.#onWaiting = onWaiting;
  }

  /**
   * Records that a request failed and is sent again, for `left` milliseconds. With none left it is
   * tried a few times at once, which is no wait to tell.
   */
  failed(request: object, { reason, message }: ClientError, left: number): void {
    const isFirst = !this.#since.has(request);
    if (isFirst) this.#since.set(request, this.#clock.now());
    if (isFirst || left === 0) return;
    const waited = this.#clock.now() - Math.min(...this.#since.values());
    this.#told = true;
    this.#onWaiting({ server: this.#server, reason, message, waited, left });
  }

  /** Records that a request got its answer. Harmless when it did not wait. */
  ended(request: object): void {
    if (!this.#since.delete(request) || this.#since.size > 0 || !this.#told) return;
    this.#told = false;
    this.#onWaiting(undefined);
  }

  /** Records that a request was given up: nothing says that the server is there again. */
  gaveUp(request: object): void {
    this.#since.delete(request);
    if (this.#since.size === 0) this.#told = false;
  }
}

/**
 * Milliseconds before work that was cut is gone on with. How long a server that is gone is waited
 * for is a matter of `--retry-time`, and its pauses are those of `Outages`; this one only keeps a
 * server that cuts each request from being asked in a circle. It is the second pause of `Outages`.
 */
const RETRY_PAUSE = 500;

/** Work that goes on where it was after a loss. */
export interface ResumableWork {
  readonly isDone: () => boolean;
  /** Goes on with it: to its end, or until it fails. */
  readonly goOn: () => Promise<void>;
  /**
   * Called with what `goOn()` failed with: whether any of the work was done since the last time.
   * Throws what is no loss.
   */
  readonly afterLoss: (error: unknown) => boolean | Promise<boolean>;
}

/**
 * Does work to its end, however often it is cut, unless it is cut more than `retries` times without
 * getting any further: then it throws the last loss. A server that is busy is waited for as long as
 * `busyRetry` says.
 */
export async function resumed(
  work: ResumableWork,
  { retries, clock, busyRetry }: {
    readonly retries: number;
    readonly clock: Clock;
    /** Default: a server that is busy is not waited for. */
    readonly busyRetry?: () => BusyRetry;
  },
): Promise<void> {
  const busy = new BusyWait(busyRetry);
  try {
    for (let tries = 0; !work.isDone();) {
      try {
        await work.goOn();
      } catch (error) {
        const isFurther = await work.afterLoss(error);
        if (await busy.after(error, isFurther)) continue;
        tries = isFurther ? 0 : tries + 1;
        if (tries > retries) throw error;
        await pause(clock, RETRY_PAUSE);
      }
    }
    busy.ended();
  } catch (error) {
    busy.gaveUp();
    throw error;
  }
}
