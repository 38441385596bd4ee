import { type Clock, pause } from "../../shared/clock.ts";

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
 * getting any further: then it throws the last loss.
 */
export async function resumed(
  work: ResumableWork,
  { retries, clock }: { readonly retries: number; readonly clock: Clock },
): Promise<void> {
  for (let tries = 0; !work.isDone();) {
    try {
      await work.goOn();
    } catch (error) {
      tries = await work.afterLoss(error) ? 0 : tries + 1;
      if (tries > retries) throw error;
      await pause(clock, RETRY_PAUSE);
    }
  }
}
