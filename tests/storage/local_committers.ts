import assert from "node:assert/strict";
import { cksumOf } from "../../shared/cksum/cksum.ts";
import type { Catalog } from "../../server/storage/versions/catalog.ts";
import type { Finding, SentVersion } from "../../server/storage/versions/committer.ts";
import { locationOf } from "../../server/storage/names/location.ts";
import type { LateSync } from "../../server/storage/versions/placed_contents.ts";
import { SqliteCatalog } from "../../server/storage/sqlite/sqlite_catalog.ts";
import type { StagedContents, Store } from "../../server/storage/versions/store.ts";
import { StorageError } from "../../server/storage/storage_error.ts";
import { MemoryStore } from "./memory_store.ts";
import {
  LocalCommitter,
  type LocalCommitterOptions,
} from "../../server/storage/commit/local_committer.ts";
import { SYSTEM_CLOCK } from "../../server/system_clock.ts";
import { clientIdOf } from "../../shared/wire/client_id.ts";

/** The client of all files. */
export const ID = clientIdOf(new Uint8Array(16).fill(0xa1));
/** Where its file `a.txt` lies. */
export const PATH = locationOf(ID, "a.txt");

/** Opens a catalog in memory that has the client. */
export async function openCatalog(): Promise<SqliteCatalog> {
  const catalog = await SqliteCatalog.open({ path: ":memory:", clock: SYSTEM_CLOCK });
  await catalog.register({ id: ID, name: "Alice", revision: "2024a" });
  return catalog;
}

/** Contents that are staged, and what is to be committed of them. */
export interface Prepared {
  readonly staged: StagedContents;
  readonly sent: SentVersion;
}

/** Stages a text as the contents of a file. */
export async function prepare(store: Store, text: string, fileName = "a.txt"): Promise<Prepared> {
  const staged = await store.stage();
  const bytes = new TextEncoder().encode(text);
  await staged.write(bytes);
  const checksum = await cksumOf(ReadableStream.from([bytes]));
  const facts = { size: bytes.length, checksum, verified: true };
  return { staged, sent: { clientId: ID, fileName, ...facts } };
}

/** A store in memory with the capabilities of one on disk. Nothing has to be synced. */
export class HoldingStore extends MemoryStore implements LateSync {
  inMemory(staged: string): Uint8Array | undefined {
    return this.memory.staged.get(staged);
  }

  async prepare(staged: string): Promise<void> {
    await this.contents(staged).seal();
  }

  placeUnsynced(staged: string, location: string): Promise<void> {
    return this.place(staged, location);
  }
}

/** A committer without a journal. */
export function committerOf(
  { catalog, store }: Pick<LocalCommitterOptions, "catalog" | "store">,
): LocalCommitter {
  return new LocalCommitter({ catalog, store, checksum: cksumOf, clock: SYSTEM_CLOCK });
}

/** A committer with which the journal of `catalog` has contents. */
export function journalling(catalog: SqliteCatalog, store: HoldingStore): LocalCommitter {
  const small = { journal: catalog, store };
  return new LocalCommitter({ catalog, store, small, checksum: cksumOf, clock: SYSTEM_CLOCK });
}

/** What a recovery finds. */
export async function recovered(committer: LocalCommitter): Promise<readonly Finding[]> {
  return await Array.fromAsync(committer.recover(new AbortController().signal));
}

/** The kinds of what a recovery finds. */
export async function kindsFound(committer: LocalCommitter): Promise<readonly string[]> {
  return (await recovered(committer)).map(({ kind }) => kind);
}

/** Asserts that the catalog has one file, with `text` as its contents in the store. */
export async function assertStored(catalog: Catalog, store: Store, text: string): Promise<void> {
  const [file, ...more] = await catalog.files();
  assert.ok(file !== undefined);
  assert.deepEqual(more, []);
  const contents = await store.read(file.location);
  assert.ok(contents !== undefined);
  const [first, second] = contents.tee();
  assert.equal(await cksumOf(first), file.checksum);
  assert.equal(
    (await Array.fromAsync(second)).map((b) => new TextDecoder().decode(b)).join(),
    text,
  );
}

/** `target` with another `method`; all else is its own. */
export function withMethod<T extends object, K extends keyof T>(
  target: T,
  method: K,
  other: T[K],
): T {
  return new Proxy(target, {
    get(_, key) {
      if (key === method) return other;
      const value: unknown = Reflect.get(target, key);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

/** `target` with each call of it noted: its name, and the last of what it was called with. */
export function watched<T extends object>(target: T, steps: [name: string, last: unknown][]): T {
  return new Proxy(target, {
    get(_, key) {
      const value: unknown = Reflect.get(target, key);
      if (typeof value !== "function") return value;
      return (...values: unknown[]) => {
        steps.push([String(key), values.at(-1)]);
        return value.apply(target, values);
      };
    },
  });
}

/** The error of what is made to fail. */
export const failure = new StorageError("disk-full", "The disk is full");
/** Fails. */
export const fail = (): Promise<never> => Promise.reject(failure);
