/** Storage of a server whose process ends amid a commit or a recovery, and starts again. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { cksumOf } from "../../shared/cksum/cksum.ts";
import { type ClientId, clientIdOf } from "../../shared/wire/client_id.ts";
import { SYSTEM_CLOCK } from "../../server/system_clock.ts";
import type { FileVersion } from "../../server/storage/versions/catalog.ts";
import { LocalCommitter } from "../../server/storage/commit/local_committer.ts";
import type { Finding } from "../../server/storage/versions/committer.ts";
import { DiskStore } from "../../server/storage/disk/versions/disk_store.ts";
import { locationOf } from "../../server/storage/names/location.ts";
import { SqliteCatalog } from "../../server/storage/sqlite/sqlite_catalog.ts";

/** The id of Alice, whose file it is. */
export const ID: ClientId = clientIdOf(new Uint8Array(16).fill(0xa1));
/** Where her file lies. */
export const PATH: string = locationOf(ID, "a.txt");

/** The version of her file that has this text. */
export async function versionOf(text: string): Promise<FileVersion> {
  const sum = await cksumOf(new Blob([text]).stream());
  return {
    ...{ clientId: ID, fileName: "a.txt", location: PATH, size: text.length, checksum: sum },
    verified: true,
  };
}

/** A catalog and a store that can do all that a committer asks for. */
export interface Parts {
  readonly catalog: SqliteCatalog;
  readonly store: DiskStore;
}

/** A committer over these. */
export function committerOf({ catalog, store }: Parts, { small = true } = {}): LocalCommitter {
  return new LocalCommitter({
    catalog,
    store,
    checksum: cksumOf,
    clock: SYSTEM_CLOCK,
    ...(small && { small: { journal: catalog, store } }),
  });
}

/** A store of which nothing can be synced any more. */
export function unsyncing(store: DiskStore): DiskStore {
  return new Proxy(store, {
    get(_, key) {
      if (key === "sync") return () => Promise.reject(new Error("The disk is gone"));
      const value: unknown = Reflect.get(store, key);
      return typeof value === "function" ? value.bind(store) : value;
    },
  });
}

/** The findings of a recovery by kind, without trivial "settled" and "looked-up". */
export async function recover(
  parts: Parts,
): Promise<Record<string, readonly Finding[]>> {
  const found: Record<string, Finding[]> = {};
  for await (const finding of committerOf(parts).recover(new AbortController().signal)) {
    if (finding.kind === "failed") throw finding.error;
    if (finding.kind === "settled" && finding.swept === 0) continue;
    if (finding.kind !== "looked-up") (found[finding.kind] ??= []).push(finding);
  }
  return found;
}

/** How a text is committed. */
export interface Commit {
  /** Whether the journal has it. It is not synced then. */
  readonly kept?: boolean;
  readonly mortal?: Mortal;
}

/** Commits a text as a version of her file. */
export async function commitText(
  { catalog, store }: Parts,
  text: string,
  { kept = false, mortal = immortal }: Commit = {},
): Promise<void> {
  const staged = await store.stage();
  await staged.write(new TextEncoder().encode(text));
  const parts = { catalog: mortal(catalog), store: mortal(unsyncing(store)) };
  const { location: _, ...sent } = await versionOf(text);
  await using committer = committerOf(parts, { small: kept });
  await committer.commit(mortal(staged), sent);
}

/** Removes the contents that are not known to be synced, as a power failure may. */
export async function losePower({ catalog }: Parts, root: string): Promise<void> {
  for (const { location } of await catalog.pending({ clientId: ID, limit: 100 })) {
    await Deno.remove(join(root, location)).catch((error) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    });
  }
}

/** Opens a catalog and a store in a folder. */
export async function open(root: string): Promise<Parts & AsyncDisposable> {
  await using opened = new AsyncDisposableStack();
  const store = opened.use(await DiskStore.open({ root, clock: SYSTEM_CLOCK }));
  const catalog = opened.use(
    await SqliteCatalog.open({ path: join(root, "defensive.db"), clock: SYSTEM_CLOCK }),
  );
  const kept = opened.move();
  return { store, catalog, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

/** Runs a first server on `root`, with one client, until `work` ends or crashes. */
export async function firstLife<T>(root: string, work: (storage: Parts) => Promise<T>): Promise<T> {
  await using storage = await open(root);
  await storage.catalog.register({ id: ID, name: "Alice", revision: "2024a" });
  return await work(storage);
}

/** Stands for the end of the process. */
class Crash extends Error {
  override readonly name = "Crash";
}

/** Wraps an object that ends with the process. */
export type Mortal = <T extends object>(target: T) => T;
const immortal: Mortal = (target) => target;

/**
 * Wraps objects so that the process seems to end at moment number `last`: there is one before and
 * one after each call of an asynchronous method. No call gets through after that.
 */
export function dyingAt(last: number): Mortal {
  let moment = 0;
  const live = () => {
    if (moment++ >= last) throw new Crash();
  };
  return <T extends object>(target: T): T =>
    new Proxy(target, {
      get(_, key) {
        const value: unknown = Reflect.get(target, key);
        if (typeof value !== "function") return value;
        if (key === "inMemory") return value.bind(target);
        return async (...values: unknown[]) => {
          live();
          const result: unknown = await value.apply(target, values);
          try {
            live();
          } catch (error) {
            // As the system closes what a process had open.
            if (result instanceof ReadableStream) await result.cancel();
            throw error;
          }
          return result;
        };
      },
    });
}

/** Whether `work` ended before the process did. */
export async function survives(work: Promise<unknown>): Promise<boolean> {
  try {
    await work;
    return true;
  } catch (error) {
    if (error instanceof Crash) return false;
    throw error;
  }
}

/** Asserts that the catalog agrees with the disk and nothing is under way; returns the contents. */
export async function wholeText(storage: Parts, root: string): Promise<string | undefined> {
  assert.deepEqual(await storage.catalog.intents(ID, 9), []);
  assert.deepEqual(await storage.catalog.pending({ clientId: ID, limit: 9 }), []);
  assert.deepEqual(await Array.fromAsync(Deno.readDir(join(root, "staging"))), []);
  const [file, ...more] = await storage.catalog.files();
  assert.deepEqual(more, []);
  if (file === undefined) {
    assert.equal(await storage.store.size(PATH), undefined);
    return undefined;
  }
  const text = await Deno.readTextFile(join(root, file.location));
  const { storedAt: _, ...version } = file;
  assert.deepEqual(version, await versionOf(text));
  return text;
}
