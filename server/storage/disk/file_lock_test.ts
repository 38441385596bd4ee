import assert from "node:assert/strict";
import { join } from "node:path";

import { StorageError } from "../storage_error.ts";
import { temporaryFolder } from "../testing/temporary_folder.ts";
import { lockFile } from "./file_lock.ts";

Deno.test("lockFile() gives a file to one caller at a time", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "lock");
  const first = await lockFile(path);
  assert.ok(first !== undefined);
  assert.equal(await lockFile(path), undefined);
  using other = await lockFile(join(folder.path, "other"));
  assert.ok(other !== undefined);
  first[Symbol.dispose]();
  using next = await lockFile(path);
  assert.ok(next !== undefined);
});

Deno.test("lockFile() waits for a lock that is given back within a second", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "lock");
  const first = await lockFile(path);
  const waiting = lockFile(path);
  first?.[Symbol.dispose]();
  using second = await waiting;
  assert.ok(second !== undefined);
});

Deno.test("lockFile() fails by name where no file can be made", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "none", "lock");
  await assert.rejects(async () => await lockFile(path), StorageError);
});
