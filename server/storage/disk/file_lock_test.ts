import assert from "node:assert/strict";
import { join } from "node:path";

import { StorageError } from "../storage_error.ts";
import { temporaryFolder } from "../testing/temporary_folder.ts";
import { lockDatabase, lockFile } from "./file_lock.ts";

const locks = [["lockFile()", lockFile], ["lockDatabase()", lockDatabase]] as const;

for (const [name, lock] of locks) {
  Deno.test(`${name} gives a file to one caller at a time`, async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, "lock");
    const first = await lock(path);
    assert.ok(first !== undefined);
    assert.equal(await lock(path), undefined);
    assert.equal(await lock(path), undefined);
    using other = await lock(join(folder.path, "other"));
    assert.ok(other !== undefined);
    first[Symbol.dispose]();
    using next = await lock(path);
    assert.ok(next !== undefined);
  });

  Deno.test(`${name} fails by name where no file can be made`, async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, "none", "lock");
    await assert.rejects(async () => await lock(path), StorageError);
  });
}
