import assert from "node:assert/strict";
import { join } from "node:path";

import { StorageError } from "../../storage_error.ts";
import { temporaryFolder } from "../../../../tests/peers/temporary_folder.ts";
import { lookUp, makeFolder, syncFolder } from "./durable_folder.ts";

const POSIX = Deno.build.os !== "windows";

Deno.test("makeFolder() makes a folder once", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "a");
  assert.equal(await makeFolder(path), true);
  assert.equal(await makeFolder(path), false);
  assert.equal((await lookUp(path))?.isDirectory, true);
  await assert.rejects(makeFolder(join(folder.path, "b", "c")), StorageError);
});

Deno.test({
  name: "syncFolder() fails by name when there is no folder",
  ignore: !POSIX,
  fn: async () => {
    await using folder = await temporaryFolder();
    await syncFolder(folder.path);
    await assert.rejects(syncFolder(join(folder.path, "none")), StorageError);
  },
});

Deno.test("lookUp() finds nothing where nothing is, or below a file", async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, "file");
  await Deno.writeTextFile(file, "text");
  assert.equal((await lookUp(file))?.size, 4);
  assert.equal(await lookUp(join(folder.path, "none")), undefined);
  assert.equal(await lookUp(join(file, "below")), undefined);
});
