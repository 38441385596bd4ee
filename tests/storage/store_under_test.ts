import assert from "node:assert/strict";

import { locationOf } from "../../server/storage/names/location.ts";
import type { ByteRange, StagedContents, Store } from "../../server/storage/versions/store.ts";
import { StorageError, type StorageReason } from "../../server/storage/storage_error.ts";
import { clientIdOf } from "../../shared/wire/client_id.ts";

/** A client. */
export const ALICE = clientIdOf(new Uint8Array(16).fill(0xa1));
/** Another one. */
export const BOB = clientIdOf(new Uint8Array(16).fill(0xb0));
/** A place for a file of Alice's. */
export const PATH: string = locationOf(ALICE, "a.txt");

/** A store to test, empty at first. */
export interface StoreUnderTest<T extends Store> {
  readonly store: T;
  /** Has sealed contents be what can be read at a path. */
  show(staged: StagedContents, location: string): Promise<void>;
  /** Ends the store as a crash would, and opens it again on what is left. */
  restart(): Promise<T>;
}

/** Opens a store. Adds to `resources` what has to be closed and removed at the end. */
export type OpenStore<T extends Store> = (
  resources: AsyncDisposableStack,
) => Promise<StoreUnderTest<T>>;

/** Registers a test of a store. */
export type TestStore<T extends Store> = (
  sentence: string,
  work: (tested: StoreUnderTest<T>) => Promise<void>,
) => void;

/** The tests of stores of this name are registered by what it returns. */
export function testsOf<T extends Store>(name: string, open: OpenStore<T>): TestStore<T> {
  return (sentence, work) => {
    Deno.test(`${name} ${sentence}`, async () => {
      await using resources = new AsyncDisposableStack();
      await work(await open(resources));
    });
  };
}

/** The bytes of a text. */
export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Contents that are staged and not sealed. */
export async function stage(store: Store, ...texts: readonly string[]): Promise<StagedContents> {
  const staged = await store.stage();
  for (const text of texts) await staged.write(bytesOf(text));
  return staged;
}

/** The contents at a path, or a range of them, if there are any. */
export async function textAt(
  store: Store,
  location: string,
  range?: ByteRange,
): Promise<string | undefined> {
  const contents = await store.read(location, range);
  return contents && await new Response(contents as ReadableStream<Uint8Array<ArrayBuffer>>).text();
}

/** Fails unless `promise` rejects with a `StorageError` of this reason. */
export function failsWith(
  promise: Promise<unknown>,
  reason: StorageReason,
  message: RegExp = /./,
): Promise<void> {
  return assert.rejects(promise, (error) => {
    assert.ok(error instanceof StorageError);
    assert.equal(error.reason, reason);
    assert.match(error.message, message);
    return true;
  });
}
