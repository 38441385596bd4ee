import { parseLocation } from "../../server/storage/names/location.ts";
import type { PlacedContents, SyncTrouble } from "../../server/storage/versions/placed_contents.ts";
import type { ByteRange, StagedContents, Store } from "../../server/storage/versions/store.ts";
import { StorageError } from "../../server/storage/storage_error.ts";

/** The contents of a `MemoryStore`. Like a disk, they can be passed to the next one. */
export interface Memory {
  /** Contents by path. */
  readonly placed: Map<string, Uint8Array>;
  /** Staged contents by name. */
  readonly staged: Map<string, Uint8Array>;
}

/** A store in memory, for tests. */
export class MemoryStore implements Store, PlacedContents {
  /** All contents, shared by the stores created with the same object. */
  readonly memory: Memory;
  readonly #own = new Map<string, MemoryContents>();

  constructor(memory: Memory = { placed: new Map(), staged: new Map() }) {
    this.memory = memory;
  }

  stage(): Promise<StagedContents> {
    const name = `${crypto.randomUUID().replaceAll("-", "")}.part`;
    this.memory.staged.set(name, new Uint8Array());
    const contents = new MemoryContents(name, this.memory);
    this.#own.set(name, contents);
    return Promise.resolve(contents);
  }

  place(staged: string, location: string): Promise<void> {
    return attempt(() => {
      parseLocation(location);
      this.contents(staged).place(location);
    });
  }

  /**
   * Returns contents that this store has staged. Throws a `StorageError`, `contents-out-of-turn`,
   * if there are none.
   */
  protected contents(staged: string): MemoryContents {
    const contents = this.#own.get(staged);
    if (contents === undefined) throw outOfTurn("not staged", "placed");
    return contents;
  }

  isStaged(name: string): Promise<boolean> {
    return Promise.resolve(this.memory.staged.has(name));
  }

  sync(locations: readonly string[]): Promise<ReadonlyMap<string, SyncTrouble>> {
    return attempt(() => {
      locations.forEach(parseLocation);
      return new Map();
    });
  }

  async size(location: string): Promise<number | undefined> {
    return (await this.#locate(location))?.length;
  }

  async read(
    location: string,
    { start, end }: ByteRange = {},
  ): Promise<ReadableStream<Uint8Array> | undefined> {
    const contents = await this.#locate(location);
    return contents && ReadableStream.from([contents.slice(start, end)]);
  }

  freeSpace(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  sweep(): Promise<number> {
    const left = [...this.memory.staged.keys()].filter((name) => !this.#own.has(name));
    for (const name of left) this.memory.staged.delete(name);
    return Promise.resolve(left.length);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }

  #locate(location: string): Promise<Uint8Array | undefined> {
    return attempt(() => {
      parseLocation(location);
      return this.memory.placed.get(location);
    });
  }
}

/** Contents of a `MemoryStore`. */
export class MemoryContents implements StagedContents {
  readonly name: string;
  readonly #memory: Memory;
  #state: "open" | "sealed" | "placed" | "discarded" = "open";

  constructor(name: string, memory: Memory) {
    this.name = name;
    this.#memory = memory;
  }

  write(bytes: Uint8Array): Promise<void> {
    return attempt(() => {
      this.#expect("open", "written to");
      const before = this.#contents();
      const after = new Uint8Array(before.length + bytes.length);
      after.set(before);
      after.set(bytes, before.length);
      this.#memory.staged.set(this.name, after);
    });
  }

  seal(): Promise<void> {
    return attempt(() => {
      if (this.#state !== "sealed") this.#expect("open", "sealed");
      this.#state = "sealed";
    });
  }

  /** As `PlacedContents.place()`. */
  place(location: string): void {
    this.#expect("sealed", "placed");
    this.#memory.placed.set(location, this.#contents());
    this.#memory.staged.delete(this.name);
    this.#state = "placed";
  }

  discard(): Promise<void> {
    if (this.#state !== "placed") this.#state = "discarded";
    this.#memory.staged.delete(this.name);
    return Promise.resolve();
  }

  #contents(): Uint8Array {
    return this.#memory.staged.get(this.name) ?? new Uint8Array();
  }

  #expect(state: "open" | "sealed", verb: string): void {
    if (this.#state === state) return;
    throw outOfTurn(this.#state, verb);
  }
}

function outOfTurn(state: string, verb: string): StorageError {
  return new StorageError(
    "contents-out-of-turn",
    `Contents that are ${state} cannot be ${verb}`,
  );
}

function attempt<T>(work: () => T): Promise<T> {
  return new Promise((resolve) => resolve(work()));
}
