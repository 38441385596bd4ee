import type { ContentJournal, PendingKey, PendingVersion } from "../content_journal.ts";
import type { PlacedContents, SyncTrouble } from "../placed_contents.ts";

/**
 * Milliseconds that placed contents wait for the disk at the most: others may come to share its
 * syncs. It is the time after which Linux's file systems commit what they have by themselves.
 */
const DELAY = 5_000;

/** From so many files, or bytes, on nothing more is waited for. */
const MANY_FILES = 4_096;
const MANY_BYTES = 32 * 1024 ** 2;

/** What waits to be synced: it is in its place, and the journal has its contents. */
type Waiting = PendingKey & Pick<PendingVersion, "pathName" | "size">;

/** What a `WriteBack` works on. */
export interface WriteBackOptions {
  readonly journal: Pick<ContentJournal, "ack">;
  readonly store: Pick<PlacedContents, "sync">;
  /** Told why files could not be synced, and how many. The journal goes on having them. */
  readonly onTrouble?: (error: unknown, count: number) => void;
  /** Milliseconds that contents wait; see above. */
  readonly delay?: number;
}

/**
 * Has contents synced that lie in their place, many at once and in the background: nobody needs to
 * wait for it, since the journal has them until then.
 *
 * Those that could not be reached are tried again. Those whose sync failed are not: a second one
 * may succeed although the first has lost something. They stay in the journal, and the next start
 * puts them in their place again; until then nothing else is taken over.
 */
export class WriteBack implements AsyncDisposable {
  readonly #options: WriteBackOptions;
  #waiting: Waiting[] = [];
  #bytes = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #round: Promise<void> | undefined;
  /** Whether a sync has failed. */
  #failed = false;
  #disposed = false;

  constructor(options: WriteBackOptions) {
    this.#options = options;
  }

  /**
   * Whether the journal may have more: it waits for that unless the disk has troubles, and is there
   * at once unless it is slower than the clients.
   */
  async room(): Promise<boolean> {
    while (this.#much && this.#round !== undefined) await this.#round;
    return !this.#much && !this.#failed;
  }

  /** Takes over what a commit has placed. */
  add({ clientId, fileName, staged, pathName, size }: Waiting): void {
    this.#take({ clientId, fileName, staged, pathName, size });
    if (this.#much) this.#begin();
    else this.#schedule();
  }

  /** Syncs and acknowledges all that waits, once. */
  async flush(): Promise<void> {
    await this.#round;
    this.#begin();
    await this.#round;
  }

  /** As `flush()`; what is left, and what is added after that, is left to the next start. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.flush();
    this.#disposed = true;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  get #much(): boolean {
    return this.#waiting.length >= MANY_FILES || this.#bytes >= MANY_BYTES;
  }

  #take(waiting: Waiting): void {
    this.#waiting.push(waiting);
    this.#bytes += waiting.size;
  }

  #schedule(): void {
    if (this.#disposed) return;
    this.#timer ??= setTimeout(() => this.#begin(), this.#options.delay ?? DELAY);
  }

  #begin(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
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

  /** Whether all went well. */
  async #sync(batch: readonly Waiting[]): Promise<boolean> {
    const { journal, store } = this.#options;
    try {
      const troubles = await store.sync(batch.map(({ pathName }) => pathName));
      const synced = batch.filter(({ pathName }) => !troubles.has(pathName));
      await journal.ack(synced);
      this.#report(batch, troubles);
      return troubles.size === 0;
    } catch (error) {
      for (const waiting of batch) this.#take(waiting);
      this.#options.onTrouble?.(error, batch.length);
      return false;
    }
  }

  #report(batch: readonly Waiting[], troubles: ReadonlyMap<string, SyncTrouble>): void {
    for (const waiting of batch) {
      const trouble = troubles.get(waiting.pathName);
      if (trouble?.tried) this.#failed = true;
      else if (trouble !== undefined) this.#take(waiting);
    }
    const [first] = troubles.values();
    if (first !== undefined) this.#options.onTrouble?.(first.error, troubles.size);
  }
}
