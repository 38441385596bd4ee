import type { Catalog, Kept, Unsynced } from "../catalog.ts";
import type { Store } from "../store.ts";

/**
 * Milliseconds that placed contents wait for the disk at the most: others may come to share its syncs. It is
 * the time after which Linux's file systems commit what they have by themselves.
 */
const DELAY = 5_000;

/** From so many files, or bytes, on nothing more is waited for. */
const MANY_FILES = 4_096;
const MANY_BYTES = 32 * 1024 ** 2;

/** What waits to be synced: it is in its place, and the catalog keeps its contents. */
type Waiting = Kept & Pick<Unsynced, "pathName" | "size">;

/** What a `WriteBack` works on. */
export interface WriteBackOptions {
  readonly catalog: Pick<Catalog, "settle">;
  readonly store: Pick<Store, "sync">;
  /** Told why `count` files could not be synced: the catalog has them, and the next start restores them. */
  readonly onTrouble?: (error: unknown, count: number) => void;
  /** Milliseconds that contents wait; see above. */
  readonly delay?: number;
}

/**
 * Has contents synced that lie in their place, many at once and in the background: nobody needs to wait
 * for it, since the catalog keeps them until then.
 */
export class WriteBack implements AsyncDisposable {
  readonly #options: WriteBackOptions;
  #waiting: Waiting[] = [];
  #bytes = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #round: Promise<void> | undefined;

  constructor(options: WriteBackOptions) {
    this.#options = options;
  }

  /**
   * Resolves when no more waits than the catalog may have to keep: at once, unless the disk is slower than
   * the clients.
   */
  async room(): Promise<void> {
    while (this.#much && this.#round !== undefined) await this.#round;
  }

  /** Takes over what a commit has placed. */
  add({ clientId, fileName, staged, pathName, size }: Waiting): void {
    this.#waiting.push({ clientId, fileName, staged, pathName, size });
    this.#bytes += size;
    this.#schedule();
  }

  /** Syncs and settles all that waits. */
  async flush(): Promise<void> {
    await this.#round;
    this.#begin();
    await this.#round;
  }

  /** As `flush()`; nothing may be added after that. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.flush();
  }

  get #much(): boolean {
    return this.#waiting.length >= MANY_FILES || this.#bytes >= MANY_BYTES;
  }

  #schedule(): void {
    if (this.#much) this.#begin();
    else this.#timer ??= setTimeout(() => this.#begin(), this.#options.delay ?? DELAY);
  }

  #begin(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#round !== undefined || this.#waiting.length === 0) return;
    const batch = this.#waiting;
    this.#waiting = [];
    this.#bytes = 0;
    this.#round = this.#sync(batch).finally(() => {
      this.#round = undefined;
      if (this.#waiting.length > 0) this.#schedule();
    });
  }

  async #sync(batch: readonly Waiting[]): Promise<void> {
    const { catalog, store, onTrouble } = this.#options;
    try {
      await store.sync(batch.map(({ pathName }) => pathName));
      await catalog.settle(batch);
    } catch (error) {
      // What could not be synced may be lost: the catalog goes on keeping it.
      onTrouble?.(error, batch.length);
    }
  }
}
