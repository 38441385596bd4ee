import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";

import { TestClock } from "../peers/test_clock.ts";
import { type ClientId, clientIdOf } from "../../shared/wire/client_id.ts";
import type { Clock } from "../../shared/clock.ts";
import { type Account, deviceIdOf, type NewDevice } from "../../server/storage/trees/accounts.ts";
import type { SealedContents } from "../../server/storage/contents/contents.ts";
import { StorageError, type StorageReason } from "../../server/storage/storage_error.ts";
import type { NamedStorage, TreeStorage } from "../../server/storage/storage.ts";
import type { Entry, NewFile, Recorded } from "../../server/storage/trees/tree.ts";

/** A storage with trees, to test. */
export interface TreesUnderTest {
  readonly storage: TreeStorage & Pick<NamedStorage, "catalog">;
  /** The account of a client. */
  readonly alice: Account;
  /** That of another one. */
  readonly bob: Account;
  /** Stands still but for waits of a few milliseconds. */
  readonly clock: ShiftedClock;
  /** Closes the storage in good order, and opens it again. */
  restart(): Promise<TreeStorage & Pick<NamedStorage, "catalog">>;
}

/** A clock whose date can be put forward: nothing that waits is called for that. */
export interface ShiftedClock extends Clock {
  /** Puts the date forward by so many milliseconds. */
  advance(milliseconds: number): void;
}

/** Returns such a clock. */
export function shiftedClock(): ShiftedClock {
  const clock = new TestClock({ skips: (milliseconds) => milliseconds <= 20 });
  let ahead = 0;
  return {
    now: clock.now,
    after: clock.after,
    date: () => new Date(clock.date().getTime() + ahead),
    advance: (milliseconds) => {
      ahead += milliseconds;
    },
  };
}

/** Opens a storage, again at each call; undefined if it forgets all when it is closed. */
export type OpenTrees = (
  resources: AsyncDisposableStack,
) => Promise<(clock: Clock) => Promise<TreesUnderTest["storage"] & AsyncDisposable>>;

/** Registers a test of a storage with two accounts. */
export type TestTrees = (
  sentence: string,
  work: (tested: TreesUnderTest) => Promise<void>,
) => void;

/** The tests of storages of this name are registered by what it returns. */
export function testsOf(name: string, open: OpenTrees): TestTrees {
  return (sentence, work) => {
    Deno.test(`${name} ${sentence}`, async () => {
      await using resources = new AsyncDisposableStack();
      const clock = shiftedClock();
      const openAgain = await open(resources);
      let storage = await openAgain(clock);
      resources.defer(() => storage[Symbol.asyncDispose]());
      const alice = await accountOf(storage, "Alice");
      const bob = await accountOf(storage, "Bob");
      await work({
        storage,
        alice,
        bob,
        clock,
        restart: async () => {
          await storage[Symbol.asyncDispose]();
          return storage = await openAgain(clock);
        },
      });
    });
  };
}

/** Random bytes. */
export function bytes(length: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(randomBytes(length));
}

/** An id that no client has. */
export function newId(): ClientId {
  return clientIdOf(bytes(16));
}

/** A device that is not added yet. */
export function newDevice(label = ""): NewDevice {
  return { id: deviceIdOf(bytes(16)), publicKey: bytes(32), label };
}

async function accountOf(storage: TreeStorage, name: string): Promise<Account> {
  const admitted = await storage.accounts.register({ id: newId(), name, device: newDevice() });
  assert(typeof admitted === "object");
  return admitted.account;
}

/** Fails unless `promise` rejects with a `StorageError` of this reason. */
export function failsWith(promise: Promise<unknown>, reason: StorageReason): Promise<void> {
  return assert.rejects(
    promise,
    (error) => error instanceof StorageError && error.reason === reason,
  );
}

/** SHA-256: the tree hash of contents of up to 1 MiB. */
export function sha256(content: Uint8Array): Uint8Array {
  return new Uint8Array(createHash("sha256").update(content).digest());
}

/** Sealed contents. */
export async function sealed(
  { contents }: TreeStorage,
  content: Uint8Array,
): Promise<SealedContents> {
  const made = contents.create();
  for (let at = 0; at < content.length; at += 100_000) {
    await made.write(content.subarray(at, at + 100_000));
  }
  return await made.seal();
}

/** A file with these contents, text or bytes. */
export async function fileOf(
  storage: TreeStorage,
  { path, content = "", ...rest }:
    & Pick<NewFile, "path">
    & Partial<Omit<NewFile, "path">>
    & { readonly content?: string | Uint8Array },
): Promise<NewFile> {
  const raw = typeof content === "string" ? new TextEncoder().encode(content) : content;
  return {
    kind: "file",
    path,
    size: raw.length,
    tree: sha256(raw),
    contents: await sealed(storage, raw),
    ...rest,
  };
}

/** Records a file with these contents, and the folders above it. */
export async function put(
  { storage, alice }: Pick<TreesUnderTest, "storage" | "alice">,
  path: string,
  content: string | Uint8Array = path,
): Promise<Recorded> {
  const file = await fileOf(storage, { path, content, parents: true });
  return await storage.tree.record(alice.id, file);
}

/** The contents of an entry as a text; undefined if there are none. */
export async function textOf(
  { contents }: Pick<TreeStorage, "contents">,
  entry: Entry | undefined,
): Promise<string | undefined> {
  if (entry?.kind !== "file") return undefined;
  const opened = await contents.open(entry.contents);
  return opened && await readText(opened.stream());
}

/** What a stream has, as a text. */
export async function readText(stream: ReadableStream<Uint8Array>): Promise<string> {
  return new TextDecoder().decode(await readAll(stream));
}

/** What a stream has. */
export async function readAll(stream: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  return new Uint8Array(
    await new Response(stream as ReadableStream<Uint8Array<ArrayBuffer>>).arrayBuffer(),
  );
}

/** The paths of all entries of a tree, in their order. */
export async function pathsOf(
  { tree }: Pick<TreeStorage, "tree">,
  { id }: Pick<Account, "id">,
): Promise<readonly string[]> {
  const page = await tree.list({ clientId: id, recursive: true, limit: 10_000 });
  return page.map(({ path, kind }) => kind === "folder" ? `${path}/` : path);
}
