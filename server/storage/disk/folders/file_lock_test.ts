import assert from "node:assert/strict";
import { join } from "node:path";

import { StorageError } from "../../storage_error.ts";
import { temporaryFolder } from "../../../../tests/peers/temporary_folder.ts";
import { lockFile } from "./file_lock.ts";
import { SYSTEM_CLOCK } from "../../../system_clock.ts";

Deno.test("lockFile() gives a file to one caller at a time", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "lock");
  const first = await lockFile(path, SYSTEM_CLOCK);
  assert.ok(first !== undefined);
  assert.equal(await lockFile(path, SYSTEM_CLOCK), undefined);
  using other = await lockFile(join(folder.path, "other"), SYSTEM_CLOCK);
  assert.ok(other !== undefined);
  first[Symbol.dispose]();
  using next = await lockFile(path, SYSTEM_CLOCK);
  assert.ok(next !== undefined);
});

Deno.test("lockFile() waits for a lock that is given back within a second", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "lock");
  const first = await lockFile(path, SYSTEM_CLOCK);
  const waiting = lockFile(path, SYSTEM_CLOCK);
  first?.[Symbol.dispose]();
  using second = await waiting;
  assert.ok(second !== undefined);
});

Deno.test("lockFile() fails by name where no file can be made", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "none", "lock");
  await assert.rejects(async () => await lockFile(path, SYSTEM_CLOCK), StorageError);
});
