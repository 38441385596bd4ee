import type { Clock } from "../../../shared/clock.ts";
import type { ContentJournal, PendingKey, PendingVersion } from "../versions/content_journal.ts";
import type { PlacedContents, SyncTrouble } from "../versions/placed_contents.ts";
import { StorageError, type StorageReason } from "../storage_error.ts";

/**
 * Maximum milliseconds between placing contents and syncing them, so that one sync covers many
 * files. Linux file systems commit on their own after the same time.
 */
const DELAY = 5_000;

/** At this many files, or bytes, the sync starts at once. */
const MANY_FILES = 4_096;
const MANY_BYTES = 32 * 1024 ** 2;

/** Why nothing is written to the journal any more: it was removed, or a sync of it failed. */
const LASTING: readonly StorageReason[] = ["database-gone", "disk-failed"];

/** A file to be synced: it is at its path, and the journal has its contents. */
type Waiting = PendingKey & Pick<PendingVersion, "location" | "size">;

export interface WriteBackOptions {
  readonly journal: Pick<ContentJournal, "ack">;
  readonly store: Pick<PlacedContents, "sync">;
  /**
   * Called with the reason why files could not be synced, and their number. They stay in the
   * journal.
   */
  readonly onTrouble?: (error: unknown, count: number) => void;
  readonly clock: Clock;
}

/**
 * Syncs placed contents in the background, many at once. No commit waits for it, since the journal
 * has the contents until then.
 *
 * Files that could not be opened are tried again. Files whose sync failed are not: a second sync
 * may succeed although the first lost data. They stay in the journal, and the next start places
 * them again; until then no further files are accepted.
 */
export class WriteBack implements AsyncDisposable {
  readonly #options: WriteBackOptions;
  #waiting: Waiting[] = [];
  #bytes = 0;
  /** Cancels the timer of the next sync. */
  #cancel: (() => void) | undefined;
  #round: Promise<void> | undefined;
  /** Whether a sync has failed, or the journal can take no more. */
  #failed = false;
  #disposed = false;

  constructor(options: WriteBackOptions) {
    this.#options = options;
  }

  /**
   * Returns whether the journal may take another file. Waits for a running sync if too much is
   * waiting; returns false if it still is, or after a sync has failed.
   */
  async mayAdd(): Promise<boolean> {
    while (this.#much && this.#round !== undefined) await this.#round;
    return !this.#much && !this.#failed;
  }

  /** Adds a file that a commit has placed. */
  add({ clientId, fileName, staged, location, size }: Waiting): void {
    this.#enqueue({ clientId, fileName, staged, location, size });
    if (this.#much) this.#begin();
    else this.#schedule();
  }

  /** Syncs and acknowledges everything that waits, once. */
  async flush(): Promise<void> {
    await this.#round;
    this.#begin();
    await this.#round;
  }

  /** As `flush()`; what cannot be synced, or is added later, is left to the next start. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.flush();
    this.#disposed = true;
    this.#cancel?.();
    this.#cancel = undefined;
  }

  get #much(): boolean {
    return this.#waiting.length >= MANY_FILES || this.#bytes >= MANY_BYTES;
  }

  #enqueue(waiting: Waiting): void {
    this.#waiting.push(waiting);
    this.#bytes += waiting.size;
  }

  #schedule(): void {
    if (this.#disposed) return;
    this.#cancel ??= this.#options.clock.after(DELAY, () => this.#begin());
  }

  #begin(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    if (this.#round !== undefined || this.#waiting.length === 0) return;
    const batch = this.#waiting;
    this.#waiting = [];
    this.#bytes = 0;
    this.#round = this.#sync(batch).then((well) => {
      this.#round = undefined;
      if (this.#waiting.length === 0) return;
      if (well && this.#much) this.#begin();
      else this.#schedule();
    });
  }

  /** Returns whether all files were synced. */
  async #sync(batch: readonly Waiting[]): Promise<boolean> {
    const { journal, store } = this.#options;
    let isJournal = false;
    try {
      const troubles = await store.sync(batch.map(({ location }) => location));
      const synced = batch.filter(({ location }) => !troubles.has(location));
      isJournal = true;
      await journal.ack(synced);
      this.#report(batch, troubles);
      return troubles.size === 0;
    } catch (error) {
      // The journal takes no more: it is there again at the next start, and not before.
      const isOver = isJournal && error instanceof StorageError && LASTING.includes(error.reason);
      if (isOver) this.#failed = true;
      else for (const waiting of batch) this.#enqueue(waiting);
      this.#options.onTrouble?.(error, batch.length);
      return false;
    }
  }

  #report(batch: readonly Waiting[], troubles: ReadonlyMap<string, SyncTrouble>): void {
    for (const waiting of batch) {
      const trouble = troubles.get(waiting.location);
      if (trouble?.tried) this.#failed = true;
      else if (trouble !== undefined) this.#enqueue(waiting);
    }
    const [first] = troubles.values();
    if (first !== undefined) this.#options.onTrouble?.(first.error, troubles.size);
  }
}
