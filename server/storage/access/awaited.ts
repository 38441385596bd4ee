import type { StorageError } from "../storage_error.ts";

/** How a start waits for a database or a store that does not answer. */
export interface Awaited {
  /**
   * Called at the first attempt that has no answer, with the reason and the milliseconds for which
   * it is tried again.
   */
  readonly onAwaited: (reason: StorageError, milliseconds: number) => void;
  /** Ends the wait, which rejects then. */
  readonly stopping: AbortSignal;
}
