import assert from "node:assert/strict";
import { cksumOf } from "../../../shared/cksum/cksum.ts";
import type { SentVersion } from "../versions/committer.ts";
import { locationOf } from "../names/location.ts";
import { SqliteCatalog } from "../sqlite/sqlite_catalog.ts";
import { StorageError } from "../storage_error.ts";
import type { StagedContents } from "../versions/store.ts";
import { MemoryStore } from "../../../tests/storage/memory_store.ts";
import { LocalCommitter } from "./local_committer.ts";
import { SYSTEM_CLOCK } from "../../system_clock.ts";
import { clientIdOf } from "../../../shared/wire/client_id.ts";

const ID = clientIdOf(new Uint8Array(16).fill(0xa1));

interface Parts extends AsyncDisposable {
  readonly catalog: SqliteCatalog;
  readonly store: MemoryStore;
  readonly committer: LocalCommitter;
}

async function open(): Promise<Parts> {
  const catalog = await SqliteCatalog.open({ path: ":memory:", clock: SYSTEM_CLOCK });
  await catalog.register({ id: ID, name: "Alice", revision: "2024a" });
  const store = new MemoryStore();
  const committer = new LocalCommitter({ catalog, store, checksum: cksumOf, clock: SYSTEM_CLOCK });
  return { catalog, store, committer, [Symbol.asyncDispose]: () => catalog[Symbol.asyncDispose]() };
}

async function prepare(
  { store }: Parts,
  { text, verified }: { readonly text: string; readonly verified: boolean },
): Promise<[StagedContents, SentVersion]> {
  const staged = await store.stage();
  const bytes = new TextEncoder().encode(text);
  await staged.write(bytes);
  const checksum = await cksumOf(ReadableStream.from([bytes]));
  const fileName = verified ? "a.txt" : "A.TXT";
  return [staged, { clientId: ID, fileName, size: bytes.byteLength, checksum, verified }];
}

/** The text of the only file, and whether it is verified. */
async function stored({ catalog, store }: Parts): Promise<readonly [string, boolean]> {
  const [file, ...more] = await catalog.files();
  assert.ok(file !== undefined);
  assert.deepEqual(more, []);
  return [new TextDecoder().decode(store.memory.placed.get(file.location)), file.verified];
}

const isRefused = (error: unknown): boolean =>
  error instanceof StorageError && error.reason === "verified-version-stored";

Deno.test("an unverified version is replaced by any, and replaces only unverified", async () => {
  await using parts = await open();
  const { committer } = parts;
  for (const [text, verified] of [["one", false], ["two", false], ["three", true]] as const) {
    await committer.commit(...await prepare(parts, { text, verified }));
    assert.deepEqual(await stored(parts), [text, verified]);
  }
  const refused = committer.commit(...await prepare(parts, { text: "four", verified: false }));
  await assert.rejects(refused, isRefused);
  assert.deepEqual(await stored(parts), ["three", true]);
  assert.deepEqual(await parts.catalog.intents(ID, 9), []);
});

Deno.test("a verified version committed meanwhile wins over an unverified one", async () => {
  for (const verifiedFirst of [true, false]) {
    await using parts = await open();
    const one = await prepare(parts, { text: "one", verified: verifiedFirst });
    const two = await prepare(parts, { text: "two", verified: !verifiedFirst });
    const commits = [parts.committer.commit(...one), parts.committer.commit(...two)];
    const [, second] = await Promise.allSettled(commits);
    assert.equal(second?.status, verifiedFirst ? "rejected" : "fulfilled");
    assert.deepEqual(await stored(parts), [verifiedFirst ? "one" : "two", true]);
  }
});

Deno.test("a crash between rename and record keeps a version unverified", async () => {
  await using parts = await open();
  const { catalog, store, committer } = parts;
  const [staged, sent] = await prepare(parts, { text: "one", verified: false });
  await staged.seal();
  const location = locationOf(ID, sent.fileName);
  await catalog.intend({ ...sent, location, staged: staged.name });
  await store.place(staged.name, location);
  const findings = await Array.fromAsync(committer.recover(new AbortController().signal));
  assert.deepEqual(findings.map(({ kind }) => kind), ["recorded", "settled", "looked-up"]);
  assert.deepEqual(await stored(parts), ["one", false]);
});

Deno.test("a version that is not verified is looked up like any other", async () => {
  await using parts = await open();
  await parts.committer.commit(...await prepare(parts, { text: "one", verified: false }));
  parts.store.memory.placed.clear();
  const findings = await Array.fromAsync(parts.committer.recover(new AbortController().signal));
  assert.deepEqual(findings.map(({ kind }) => kind), ["settled", "missing", "looked-up"]);
});
