import type { Storage } from "../../server/storage/storage.ts";
import { WriteBack } from "../../server/storage/commit/write_back.ts";
import type { StagedContents, Store, SyncTrouble } from "../../server/storage/store.ts";

/** When a storage goes down. */
export interface CrashPoint {
  /** At which of the calls that are made of it, counted from 1. */
  readonly call: number;
  /** Before the call is carried out, or after it, so that nobody hears of it. */
  readonly when: "before" | "after";
}

/**
 * A storage that goes down at a certain call: from then on it does nothing and never answers, like that
 * of a process which is gone. Which calls there are, and in which order, is up to the server.
 */
export class CrashingStorage {
  /** What the server works with. */
  readonly storage: Storage & { readonly writeBack: WriteBack };
  /** The calls that were made, as `part.method`. */
  readonly calls: string[] = [];
  /** Resolves when the storage has gone down. */
  readonly crashed: Promise<void>;
  /** Contents that were staged and not synced, by name: a loss of power may take them, placed or not. */
  readonly unsynced: Map<string, { pathName: string | undefined }> = new Map();
  readonly #point: CrashPoint | undefined;
  readonly #crash = Promise.withResolvers<void>();
  #down = false;

  constructor({ catalog, store }: Storage, point?: CrashPoint) {
    this.#point = point;
    this.crashed = this.#crash.promise;
    const watched = {
      catalog: this.#watched("catalog", catalog),
      store: this.#watched("store", this.#syncing(store), (result) => {
        return isStaged(result) ? this.#contents(result) : result;
      }),
    };
    this.storage = { ...watched, writeBack: new WriteBack(watched) };
  }

  /** Takes note of what is synced after it was placed. */
  #syncing(store: Store): Store {
    return new Proxy(store, {
      get: (_, key) => {
        const value: unknown = Reflect.get(store, key);
        if (key === "sync") return (pathNames: readonly string[]) => this.#sync(store, pathNames);
        return typeof value === "function" ? value.bind(store) : value;
      },
    });
  }

  async #sync(
    store: Store,
    pathNames: readonly string[],
  ): Promise<ReadonlyMap<string, SyncTrouble>> {
    const troubles = await store.sync(pathNames);
    for (const pathName of pathNames) {
      if (!troubles.has(pathName)) this.#synced(pathName);
    }
    return troubles;
  }

  #synced(path: string): void {
    for (const [name, { pathName }] of this.unsynced) {
      if (pathName === path) this.unsynced.delete(name);
    }
  }

  #contents(staged: StagedContents): StagedContents {
    const state: { pathName: string | undefined } = { pathName: undefined };
    this.unsynced.set(staged.name, state);
    return this.#watched<StagedContents>("contents", {
      name: staged.name,
      get held() {
        return staged.held;
      },
      write: (bytes: Uint8Array) => staged.write(bytes),
      seal: async (options) => {
        await staged.seal(options);
        if (options?.synced !== false) this.unsynced.delete(staged.name);
      },
      prepare: (pathName) => staged.prepare(pathName),
      place: async (pathName, options) => {
        state.pathName = pathName;
        await staged.place(pathName, options);
        // What lay there before is not there any more, synced or not.
        if (!this.unsynced.has(staged.name)) this.#synced(pathName);
      },
      discard: () => staged.discard(),
    });
  }

  #watched<T extends object>(part: string, target: T, map = (result: unknown) => result): T {
    return new Proxy(target, {
      get: (_, key) => {
        const value: unknown = Reflect.get(target, key);
        if (typeof value !== "function") return value;
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

  /** What was under way when the storage went down may have been carried out; nobody hears of it. */
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
