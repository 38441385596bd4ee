import assert from "node:assert/strict";
import { join } from "node:path";

import { catalogConformance } from "../../../tests/storage/suites/catalog_conformance.ts";
import type { OpenCatalog } from "../../../tests/storage/catalog_under_test.ts";
import {
  contentJournalConformance,
} from "../../../tests/storage/suites/content_journal_conformance.ts";
import { intentLogConformance } from "../../../tests/storage/suites/intent_log_conformance.ts";
import { locationOf } from "../names/location.ts";
import { StorageError } from "../storage_error.ts";
import { temporaryFolder } from "../../../tests/peers/temporary_folder.ts";
import { SqliteCatalog } from "./sqlite_catalog.ts";
import { SYSTEM_CLOCK } from "../../system_clock.ts";
import { clientIdOf } from "../../../shared/wire/client_id.ts";

for (
  const [name, open] of [
    ["SqliteCatalog in memory", (_, clock) => SqliteCatalog.open({ path: ":memory:", clock })],
    ["SqliteCatalog in a file", async (resources, clock) => {
      const folder = resources.use(await temporaryFolder());
      return await SqliteCatalog.open({ path: join(folder.path, "test.db"), clock });
    }],
  ] satisfies [name: string, open: OpenCatalog<SqliteCatalog>][]
) {
  catalogConformance(name, open);
  intentLogConformance(name, open);
  contentJournalConformance(name, open);
}

const id = clientIdOf(new Uint8Array(16).fill(1));
const staged = "0123456789abcdef0123456789abcdef.part";
const version = {
  clientId: id,
  fileName: "a.txt",
  location: locationOf(id, "a.txt"),
  size: 1,
  checksum: 2,
  verified: true,
};
const intent = { ...version, staged };

Deno.test("SqliteCatalog has everything when its file is opened again", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "test.db");
  const publicKey = new Uint8Array(160).fill(3);
  const aesKey = new Uint8Array(16).fill(4);
  let files: unknown;
  {
    await using catalog = await SqliteCatalog.open({ path, clock: SYSTEM_CLOCK });
    await catalog.register({ id, name: "Alice", revision: "2022c" });
    await catalog.keepKeys({ id, publicKey, aesKey });
    await catalog.intend(intent);
    await catalog.record(version);
    await catalog.intend({ ...intent, size: 7 });
    files = await catalog.files();
  }
  await using catalog = await SqliteCatalog.open({ path, clock: SYSTEM_CLOCK });
  const client = await catalog.client(id);
  assert.deepEqual(client?.publicKey, publicKey);
  assert.deepEqual(client?.aesKey, aesKey);
  assert.equal(client?.name, "Alice");
  assert.equal(client?.revision, "2022c");
  assert.deepEqual(await catalog.files(), files);
  assert.deepEqual(await catalog.intents(id, 9), [{ ...intent, size: 7 }]);
});

Deno.test("SqliteCatalog marks a client as seen by its keys and by its files", async () => {
  let minute = 0;
  const date = () => new Date(Date.UTC(2026, 0, 1, 0, minute++));
  await using catalog = await SqliteCatalog.open({
    path: ":memory:",
    clock: { ...SYSTEM_CLOCK, date },
  });
  const seen = async () => (await catalog.client(id))?.lastSeen.toISOString();
  await catalog.register({ id, name: "Alice", revision: "2024a" });
  assert.equal(await seen(), "2026-01-01T00:00:00.000Z");
  await catalog.keepKeys({ id, aesKey: new Uint8Array(32) });
  assert.equal(await seen(), "2026-01-01T00:01:00.000Z");
  await catalog.intend(intent);
  await catalog.record(version);
  assert.equal(await seen(), "2026-01-01T00:02:00.000Z");
  const [file] = await catalog.files({ clientId: id });
  assert.equal(file?.storedAt.toISOString(), "2026-01-01T00:02:00.000Z");
});

Deno.test("SqliteCatalog resolves after the sync of its log, with known exceptions", async () => {
  await using folder = await temporaryFolder();
  await using catalog = await SqliteCatalog.open({
    path: join(folder.path, "test.db"),
    clock: SYSTEM_CLOCK,
  });
  await catalog.register({ id, name: "Alice", revision: "2024a" });
  await catalog.intend(intent);
  const begun = Promise.withResolvers<void>();
  const disk = Promise.withResolvers<void>();
  const { syncData } = Deno.FsFile.prototype;
  Deno.FsFile.prototype.syncData = async function () {
    begun.resolve();
    await disk.promise;
    await syncData.call(this);
  };
  try {
    let kept = false;
    const keeping = catalog.keepKeys({ id, aesKey: new Uint8Array(32) }).then(() => kept = true);
    await begun.promise;
    await catalog.record(version);
    await catalog.ack([]);
    assert.equal(kept, false);
    disk.resolve();
    await keeping;
  } finally {
    Deno.FsFile.prototype.syncData = syncData;
  }
});

Deno.test("SqliteCatalog syncs a version of which no intent is on disk", async () => {
  await using folder = await temporaryFolder();
  await using catalog = await SqliteCatalog.open({
    path: join(folder.path, "test.db"),
    clock: SYSTEM_CLOCK,
  });
  await catalog.register({ id, name: "Alice", revision: "2024a" });
  const other = clientIdOf(new Uint8Array(16).fill(2));
  await catalog.register({ id: other, name: "Bob", revision: "2024a" });
  const { syncData } = Deno.FsFile.prototype;
  const others = [
    { clientId: other, location: locationOf(other, "a.txt") },
    ...[{ fileName: "b.txt" }, { size: 7 }, { checksum: 7 }, { verified: false }],
  ];
  for (const changes of others) {
    await catalog.intend({ ...intent, ...changes });
    let syncs = 0;
    Deno.FsFile.prototype.syncData = function () {
      syncs += 1;
      return syncData.call(this);
    };
    try {
      await catalog.record(version);
    } finally {
      Deno.FsFile.prototype.syncData = syncData;
    }
    assert(syncs > 0, Object.keys(changes).join());
    await catalog.withdraw([staged]);
  }
});

Deno.test("SqliteCatalog may be closed twice, and refuses by name what comes after", async () => {
  const catalog = await SqliteCatalog.open({ path: ":memory:", clock: SYSTEM_CLOCK });
  await catalog[Symbol.asyncDispose]();
  await catalog[Symbol.asyncDispose]();
  await assert.rejects(
    catalog.files(),
    (error) => error instanceof StorageError && error.reason === "database-failed",
  );
});
