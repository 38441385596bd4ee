import { cksumOf } from "../../shared/cksum/cksum.ts";
import { LocalCommitter } from "../../server/storage/commit/local_committer.ts";
import type { LocalStorage } from "../../server/storage/open_storage.ts";
import type { SyncTrouble } from "../../server/storage/versions/placed_contents.ts";
import type { StagedContents } from "../../server/storage/versions/store.ts";
import { TestClock } from "../peers/test_clock.ts";

/** The storage of files by name. */
type WatchedStorage = Pick<LocalStorage, "catalog" | "store" | "committer">;

/** When a storage goes down. */
export interface CrashPoint {
  /** At which of the calls that are made of it, counted from 1. */
  readonly call: number;
  /** Before the call is carried out, or after it, without a result. */
  readonly when: "before" | "after";
}

/**
 * A storage that goes down at a certain call: from then on it does nothing and never answers, like
 * that of a process which is gone. Which calls there are, and in which order, is up to the server.
 */
export class CrashingStorage {
  /** What the server works with. */
  readonly storage: WatchedStorage;
  /** The calls that were made, as `part.method`. */
  readonly calls: string[] = [];
  /** Resolves when the storage has gone down. */
  readonly crashed: Promise<void>;
  /**
   * Contents that were staged and not synced, by name: a loss of power may take them, placed or
   * not.
   */
  readonly unsynced: Map<string, { location: string | undefined }> = new Map();
  readonly #point: CrashPoint | undefined;
  readonly #crash = Promise.withResolvers<void>();
  #down = false;

  constructor({ catalog, store }: WatchedStorage, point?: CrashPoint) {
    this.#point = point;
    this.crashed = this.#crash.promise;
    const watched = {
      catalog: this.#watched("catalog", catalog),
      store: this.#watched("store", this.#noting(store), (result) => {
        return isStaged(result) ? this.#contents(result) : result;
      }),
    };
    const small = { journal: watched.catalog, store: watched.store };
    const committer = new LocalCommitter({
      ...watched,
      small,
      checksum: cksumOf,
      clock: new TestClock(),
    });
    this.storage = { ...watched, committer };
  }

  /** Records which contents are placed, and which are synced there later. */
  #noting(store: WatchedStorage["store"]): WatchedStorage["store"] {
    const noted = {
      sync: (locations: readonly string[]) => this.#sync(store, locations),
      place: async (staged: string, location: string) => {
        this.#isPlaced(staged, location);
        await store.place(staged, location);
        // What lay there before is not there any more, synced or not.
        if (!this.unsynced.has(staged)) this.#synced(location);
      },
      placeUnsynced: async (staged: string, location: string) => {
        this.#isPlaced(staged, location);
        await store.placeUnsynced(staged, location);
      },
    };
    return new Proxy(store, {
      get: (_, key) => {
        const value: unknown = Reflect.get(key in noted ? noted : store, key);
        return typeof value === "function" ? value.bind(store) : value;
      },
    });
  }

  #isPlaced(staged: string, location: string): void {
    const state = this.unsynced.get(staged);
    if (state !== undefined) state.location = location;
  }

  async #sync(
    store: WatchedStorage["store"],
    locations: readonly string[],
  ): Promise<ReadonlyMap<string, SyncTrouble>> {
    const troubles = await store.sync(locations);
    for (const location of locations) {
      if (!troubles.has(location)) this.#synced(location);
    }
    return troubles;
  }

  #synced(path: string): void {
    for (const [name, { location }] of this.unsynced) {
      if (location === path) this.unsynced.delete(name);
    }
  }

  #contents(staged: StagedContents): StagedContents {
    this.unsynced.set(staged.name, { location: undefined });
    return this.#watched<StagedContents>("contents", {
      name: staged.name,
      write: (bytes: Uint8Array) => staged.write(bytes),
      seal: async () => {
        await staged.seal();
        this.unsynced.delete(staged.name);
      },
      discard: () => staged.discard(),
    });
  }

  #watched<T extends object>(part: string, target: T, map = (result: unknown) => result): T {
    return new Proxy(target, {
      get: (_, key) => {
        const value: unknown = Reflect.get(target, key);
        if (typeof value !== "function") return value;
        // The only one that answers at once: it is not a call that a crash could interrupt.
        if (key === "inMemory") return value.bind(target);
        return (...values: unknown[]) => {
          return this.#call(`${part}.${String(key)}`, async () => {
            return map(await value.apply(target, values));
          });
        };
      },
    });
  }

  async #call(name: string, act: () => Promise<unknown>): Promise<unknown> {
    if (this.#down) return await forever();
    this.calls.push(name);
    const point = this.calls.length === this.#point?.call ? this.#point.when : undefined;
    if (point === "before") return await this.#goDown();
    if (point === undefined) return await this.#answer(act);
    this.#down = true;
    await act();
    return await this.#goDown();
  }

  /** What was under way when the storage went down may have been carried out, without a result. */
  async #answer(act: () => Promise<unknown>): Promise<unknown> {
    const result = await act();
    return this.#down ? await forever() : result;
  }

  #goDown(): Promise<never> {
    this.#down = true;
    this.#crash.resolve();
    return forever();
  }
}

function isStaged(result: unknown): result is StagedContents {
  return typeof result === "object" && result !== null && "seal" in result;
}

function forever(): Promise<never> {
  return new Promise(() => {});
}
