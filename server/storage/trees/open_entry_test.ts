import assert from "node:assert/strict";
import { join } from "node:path";

import { TestClock } from "../../../tests/peers/test_clock.ts";
import { openEntry } from "./open_entry.ts";
import { openStorage } from "../open_storage.ts";
import { temporaryFolder } from "../../../tests/peers/temporary_folder.ts";
import {
  bytes,
  failsWith,
  newDevice,
  newId,
  put,
  readAll,
} from "../../../tests/storage/trees_under_test.ts";

async function opened() {
  const folder = await temporaryFolder();
  const clock = new TestClock({ skips: (milliseconds) => milliseconds <= 20 });
  const storage = await openStorage({ data: folder.path, database: undefined, clock });
  const id = newId();
  const admitted = await storage.accounts.register({ id, name: "Alice", device: newDevice() });
  assert(typeof admitted === "object");
  return {
    storage,
    alice: admitted.account,
    folder: folder.path,
    async [Symbol.asyncDispose]() {
      await storage[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

Deno.test("openEntry() opens the version that it returns, also amid a replacement", async () => {
  await using at = await opened();
  const { storage, alice } = at;
  const [first, second] = [bytes(100_000), bytes(100_001)];
  const old = await put(at, "a", first);
  let looks = 0;
  // The entry is looked up, and its contents are gone before they are opened.
  const tree = {
    entry: async () => {
      if (looks++ > 0) return await storage.tree.entry(alice.id, "a");
      await put(at, "a", second);
      return old.entry;
    },
  };
  const contents = {
    open: async (key: string) => {
      const isOld = old.entry.kind === "file" && key === old.entry.contents;
      return isOld ? undefined : await storage.contents.open(key);
    },
  };
  const found = await openEntry({ tree, contents }, { clientId: alice.id, path: "a" });
  assert.equal(found?.entry.size, 100_001);
  assert.deepEqual(await readAll(found.contents.stream()), second);
  assert.equal(looks, 2);
});

Deno.test("openEntry() says if contents on record are missing, and opens only files", async () => {
  await using at = await opened();
  const { storage, alice } = at;
  await put(at, "a/b", bytes(100_000));
  await storage.tree.record(alice.id, { kind: "link", path: "l", target: "a/b" });
  for (const path of ["a", "l", "a/c"]) {
    assert.equal(await openEntry(storage, { clientId: alice.id, path }), undefined);
  }
  await Deno.remove(join(at.folder, "contents"), { recursive: true });
  await failsWith(openEntry(storage, { clientId: alice.id, path: "a/b" }), "contents-missing");
});
