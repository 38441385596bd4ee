import assert from "node:assert/strict";

import { sqliteRows } from "../../../tests/engines/sqlite_rows.ts";
import { SYSTEM_CLOCK } from "../../system_clock.ts";
import { DiskContentFiles } from "../disk/contents/disk_content_files.ts";
import { committerConformance } from "../../../tests/storage/suites/committer_conformance.ts";
import { keyedStorage, storeByPath } from "../../../tests/storage/keyed_storage.ts";
import { storeConformance } from "../../../tests/storage/suites/store_conformance.ts";
import { ALICE, stage } from "../../../tests/storage/store_under_test.ts";
import { temporaryFolder } from "../../../tests/peers/temporary_folder.ts";
import { failsWith } from "../../../tests/storage/trees_under_test.ts";

async function opened(resources: AsyncDisposableStack) {
  const { path } = resources.use(await temporaryFolder());
  const rows = resources.use(await sqliteRows(SYSTEM_CLOCK));
  return { rows, files: await DiskContentFiles.open(path) };
}

committerConformance("KeyedCommitter", async (resources) => {
  const { rows, files } = await opened(resources);
  return keyedStorage(rows, files);
});

storeConformance("KeyedStore", async (resources) => {
  const { rows, files } = await opened(resources);
  return await storeByPath(rows, files);
});

Deno.test("KeyedCommitter writes nothing when contents on record are discarded", async () => {
  await using resources = new AsyncDisposableStack();
  const { rows, files } = await opened(resources);
  const abandoned: string[] = [];
  const contents = new Proxy(rows.contents, {
    get(target, name) {
      if (name === "abandon") return (key: string) => Promise.resolve(void abandoned.push(key));
      const value: unknown = Reflect.get(target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  const { store, committer } = keyedStorage({ ...rows, contents }, files);
  await rows.catalog.register({ id: ALICE, name: "Alice", revision: "2024a" });
  const [kept, dropped] = await Promise.all(["1", "2"].map((one) => stage(store, one)));
  assert(kept && dropped);
  const sent = { clientId: ALICE, fileName: "a", size: 1, checksum: 0, verified: true };
  await committer.commit(kept, sent);
  await dropped.seal();
  for (const staged of [kept, dropped, kept, dropped]) await staged.discard();
  assert.deepEqual(abandoned, [dropped.name]);
});

Deno.test("KeyedCommitter makes garbage of what is replaced, discarded or refused", async () => {
  await using resources = new AsyncDisposableStack();
  const { rows, files } = await opened(resources);
  const { store, committer } = keyedStorage(rows, files);
  await rows.catalog.register({ id: ALICE, name: "Alice", revision: "2024a" });
  const sent = { clientId: ALICE, fileName: "a", size: 1, checksum: 0 };
  const [first, second, refused] = await Promise.all(
    ["1", "2", "3"].map((one) => stage(store, one)),
  );
  assert(first && second && refused);
  await committer.commit(first, { ...sent, verified: true });
  await committer.commit(second, { ...sent, verified: true });
  const doubtful = { ...sent, verified: false };
  await failsWith(committer.commit(refused, doubtful), "verified-version-stored");
  await refused.discard();
  // Its answer was lost, and it is asked for again, and given up.
  await committer.commit(second, { ...sent, verified: true });
  await second.discard();
  const garbage = (await rows.contents.garbage(-60_000, 10)).map(({ key }) => key);
  assert.deepEqual(garbage.toSorted(), [first.name, refused.name].toSorted());
});
