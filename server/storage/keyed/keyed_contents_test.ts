import assert from "node:assert/strict";

import { sqliteRows } from "../../../tests/engines/sqlite_rows.ts";
import { temporaryFolder } from "../../../tests/peers/temporary_folder.ts";
import { bytes } from "../../../tests/storage/trees_under_test.ts";
import { SYSTEM_CLOCK } from "../../system_clock.ts";
import { DiskContentFiles } from "../disk/contents/disk_content_files.ts";
import { KeyedContents } from "./keyed_contents.ts";

Deno.test("KeyedContents has on record what a sweep could not remove", async () => {
  await using resources = new AsyncDisposableStack();
  const { path } = resources.use(await temporaryFolder());
  const rows = resources.use(await sqliteRows(SYSTEM_CLOCK));
  const files = await DiskContentFiles.open(path);
  const contents = resources.use(
    new KeyedContents({ rows: rows.contents, files, garbageTime: -60_000 }),
  );
  const dropped = contents.create();
  await dropped.write(bytes(100_000));
  const { key } = await dropped.seal();
  assert(key);
  await dropped.discard();
  const remove = files.remove.bind(files);
  files.remove = () => Promise.reject(new Error("Input/output error"));
  await assert.rejects(contents.sweep());
  await (await files.open(key) ?? assert.fail())[Symbol.asyncDispose]();
  files.remove = remove;
  assert.equal(await contents.sweep(), 1);
  assert.equal(await files.open(key), undefined);
});
