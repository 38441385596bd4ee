import assert from "node:assert/strict";

import type { SentVersion } from "../../../server/storage/versions/committer.ts";
import type { NamedStorage } from "../../../server/storage/storage.ts";
import { failsWith } from "../catalog_under_test.ts";
import { ALICE, BOB, stage } from "../store_under_test.ts";
import { readText } from "../trees_under_test.ts";

/** Opens an empty storage. Adds to `resources` what has to be closed and removed at the end. */
export type OpenNamed = (resources: AsyncDisposableStack) => Promise<NamedStorage>;

/** Registers the tests for every `Committer`, with the catalog and the store behind it. */
export function committerConformance(name: string, open: OpenNamed): void {
  const test = (sentence: string, work: (storage: NamedStorage) => Promise<void>) => {
    Deno.test(`${name} ${sentence}`, async () => {
      await using resources = new AsyncDisposableStack();
      const storage = await open(resources);
      await storage.catalog.register({ id: ALICE, name: "Alice", revision: "2024a" });
      await work(storage);
    });
  };

  test("commits what was staged, and opens it, or a range", async (storage) => {
    const version = await commit(storage, { text: "0123456789" });
    assert.deepEqual([version.fileName, version.size], ["a.txt", 10]);
    assert.equal(await opened(storage), "0123456789");
    assert.equal(await opened(storage, { start: 3, end: 5 }), "34");
    assert.equal(await opened(storage, { start: 20 }), "");
    assert.equal(await storage.committer.open(ALICE, "b.txt"), undefined);
    assert.equal(await storage.committer.open(BOB, "a.txt"), undefined);
    const large = "large ".repeat(50_000);
    await commit(storage, { text: large });
    assert(await opened(storage) === large);
    await commit(storage, { text: "" });
    assert.equal(await opened(storage), "");
  });

  test("replaces a version, under the name that the file has", async (storage) => {
    await commit(storage, { text: "first" });
    const { fileName } = await commit(storage, { text: "second", fileName: "A.TXT" });
    assert.equal(fileName, "a.txt");
    assert.equal(await opened(storage), "second");
    assert.deepEqual((await storage.catalog.usage(ALICE)).client, { files: 1, bytes: 6 });
  });

  test("never replaces a verified version by one that is not", async (storage) => {
    await commit(storage, { text: "doubtful", verified: false });
    await commit(storage, { text: "verified" });
    const doubtful = commit(storage, { text: "doubtful", verified: false });
    await failsWith(doubtful, "verified-version-stored");
    assert.equal(await opened(storage), "verified");
  });

  test("leaves the old version when contents cannot be committed", async (storage) => {
    await commit(storage, { text: "old" });
    const staged = await stage(storage.store, "new");
    await staged.discard();
    await assert.rejects(storage.committer.commit(staged, sent({ text: "new" })));
    const stranger = await stage(storage.store, "stranger");
    const version = { ...sent({ text: "stranger" }), clientId: BOB };
    await failsWith(storage.committer.commit(stranger, version), "unknown-client");
    await stranger.discard();
    assert.equal(await opened(storage), "old");
  });

  test("keeps what was committed when it is discarded afterwards", async (storage) => {
    const staged = await stage(storage.store, "kept");
    await storage.committer.commit(staged, sent({ text: "kept" }));
    await staged.discard();
    assert.equal(await opened(storage), "kept");
  });

  test("keeps commits of one file at once whole: one of them in the end", async (storage) => {
    const texts = Array.from({ length: 10 }, (_, n) => `version ${n} `.repeat(n * 1_000 + 1));
    const versions = await Promise.all(texts.map((text) => commit(storage, { text })));
    assert.equal(versions.length, 10);
    const file = await storage.catalog.file(ALICE, "a.txt");
    const kept = texts.find((text) => text.length === file?.size);
    assert(await opened(storage) === kept);
    assert.deepEqual((await storage.catalog.usage(ALICE)).client.files, 1);
  });

  test("finds nothing to put right after a start in good order", async (storage) => {
    await commit(storage, { text: "whole" });
    const findings = await Array.fromAsync(
      storage.committer.recover(new AbortController().signal),
    );
    const kinds = new Set(findings.map(({ kind }) => kind));
    assert(kinds.isSubsetOf(new Set(["settled", "looked-up"])));
    assert.equal(await opened(storage), "whole");
  });
}

interface Sent {
  readonly text: string;
  readonly fileName?: string;
  readonly verified?: boolean;
}

function sent({ text, fileName = "a.txt", verified = true }: Sent): SentVersion {
  return { clientId: ALICE, fileName, size: text.length, checksum: 17, verified };
}

async function commit({ store, committer }: NamedStorage, version: Sent) {
  const staged = await stage(store, version.text);
  return await committer.commit(staged, sent(version));
}

async function opened(
  { committer }: NamedStorage,
  range?: { readonly start: number; readonly end?: number },
): Promise<string | undefined> {
  const file = await committer.open(ALICE, "a.txt", range);
  return file && await readText(file.contents);
}
