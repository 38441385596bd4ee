import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { Cksum } from "../../shared/cksum/cksum.ts";
import {
  type LoggedLine,
  openServices,
  recordedLog,
  stagedCount,
  storedFiles,
} from "../../tests/peers/test_services.ts";
import type { Finding } from "../storage/versions/committer.ts";
import { locationOf } from "../storage/names/location.ts";
import type { SqliteCatalog } from "../storage/sqlite/sqlite_catalog.ts";
import { committerOver } from "../../tests/storage/committer_over.ts";
import { MemoryStore } from "../../tests/storage/memory_store.ts";
import { reportRecovery } from "./report_recovery.ts";
import { clientIdOf } from "../../shared/wire/client_id.ts";

const ID = clientIdOf(new Uint8Array(16).fill(0xa1));
const PLAIN = new TextEncoder().encode("Nobody but Alice may read this, least of all in a log.\n");

function said(lines: readonly LoggedLine[]): readonly string[] {
  return lines.map(({ level, message }) => `${level} ${message}`);
}

/** A version of a file with this content, staged and sealed. */
async function prepare(store: MemoryStore, fileName: string) {
  const staged = await store.stage();
  await staged.write(PLAIN);
  await staged.seal();
  const sum = new Cksum();
  sum.update(PLAIN);
  const location = locationOf(ID, fileName);
  const facts = { size: PLAIN.byteLength, checksum: sum.digest(), verified: true };
  return { staged, version: { clientId: ID, fileName, location, ...facts } };
}

async function openCatalog(): Promise<{ readonly catalog: SqliteCatalog } & AsyncDisposable> {
  const services = await openServices();
  await services.catalog.register({ id: ID, name: "Alice", revision: "2024a" });
  return services;
}

Deno.test("reportRecovery() has one debug line after an orderly end", async () => {
  await using opened = await openCatalog();
  const { catalog } = opened;
  const store = new MemoryStore();
  const { staged, version } = await prepare(store, "a.txt");
  const { location: _, ...sent } = version;
  await committerOver({ catalog, store }).commit(staged, sent);
  const { log, lines } = await recordedLog();
  const again = committerOver({ catalog, store: new MemoryStore(store.memory) });
  await reportRecovery(again.recover(new AbortController().signal), log);
  deepStrictEqual(said(lines), ["DEBUG Looked up 1 files on record"]);
});

Deno.test("reportRecovery() has a line for each repair and each file that differs", async () => {
  await using opened = await openCatalog();
  const { catalog } = opened;
  const store = new MemoryStore();
  // On record, and changed or removed without the server.
  for (const [name, change] of [["gone", undefined], ["changed", new Uint8Array(3)]] as const) {
    const { staged, version } = await prepare(store, name);
    const { location: _, ...sent } = version;
    await committerOver({ catalog, store }).commit(staged, sent);
    if (change === undefined) store.memory.placed.delete(version.location);
    else store.memory.placed.set(version.location, change);
  }
  // In its place, but not on record.
  const placed = await prepare(store, "placed");
  await catalog.intend({ ...placed.version, staged: placed.staged.name });
  await store.place(placed.staged.name, placed.version.location);
  // Still staged, and nowhere at all.
  const staged = await prepare(store, "staged");
  await catalog.intend({ ...staged.version, staged: staged.staged.name });
  const lost = await prepare(store, "lost");
  await catalog.intend({ ...lost.version, staged: lost.staged.name });
  await lost.staged.discard();
  // Staged without an intent: an upload that was under way.
  await prepare(store, "under way");
  const { log, lines } = await recordedLog();
  const storage = { catalog, store: new MemoryStore(store.memory) };
  await reportRecovery(committerOver(storage).recover(new AbortController().signal), log);
  deepStrictEqual(said(lines), [
    "INFO Removed 2 unfinished uploads of an earlier run",
    "INFO Recorded 1 files that were stored when an earlier run ended",
    'WARN An earlier run ended before "staged" was stored; the older version, if any, counts',
    'WARN An earlier run ended before "lost" was stored; the older version, if any, counts',
    'ERROR The contents of "changed" are not the 55 bytes that the catalog has on record',
    'ERROR The catalog has "gone" on record, but its contents are missing',
    "DEBUG Looked up 3 files on record",
  ]);
  strictEqual(stagedCount(storage.store), 0);
  deepStrictEqual((await storedFiles(storage))["placed"], PLAIN);
  deepStrictEqual(await catalog.intents(ID, 9), []);
});

Deno.test("reportRecovery() has a line for 100 files of a kind, one for the rest", async () => {
  const file = {
    ...{ clientId: ID, fileName: "a", location: locationOf(ID, "a"), size: 1, checksum: 2 },
    ...{ verified: true, storedAt: new Date() },
  };
  async function* findings(): AsyncIterable<Finding> {
    for (const kind of ["withdrawn", "lost"] as const) {
      for (let n = 0; n < 60; n++) yield { kind, file };
    }
    yield { kind: "settled", swept: 0 };
    for (let n = 0; n < 101; n++) yield { kind: "missing", file };
    yield { kind: "failed", error: new Error("The disk is gone") };
    await Promise.reject(new Error("So is the rest"));
  }
  const { log, lines } = await recordedLog();
  await reportRecovery(findings(), log);
  strictEqual(lines.filter(({ level }) => level === "WARN").length, 101);
  deepStrictEqual(said(lines).slice(-5), [
    'ERROR The catalog has "a" on record, but its contents are missing',
    'ERROR Cannot settle what an earlier run left: "The disk is gone"',
    'ERROR Cannot settle what an earlier run left: "So is the rest"',
    "WARN An earlier run ended before 20 more files were stored",
    "ERROR The contents of 1 more files are missing",
  ]);
});
