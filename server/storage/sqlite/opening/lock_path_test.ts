import assert from "node:assert/strict";
import { join } from "node:path";
import { temporaryFolder } from "../../../../tests/peers/temporary_folder.ts";
import { lockPath } from "./open_database.ts";

Deno.test("lockPath() is one file for a database, by whatever path it is named", async () => {
  await using folder = await temporaryFolder();
  const real = await Deno.realPath(folder.path);
  await Deno.mkdir(join(real, "a"));
  const path = join(real, "a", "other.db");
  // Before it is made, and after.
  assert.equal(await lockPath(join(real, "a", "..", "a", "other.db")), `${path}.lock`);
  await Deno.writeTextFile(path, "");
  assert.equal(await lockPath(path), `${path}.lock`);
  if (Deno.build.os === "windows") return;
  await Deno.symlink(path, join(real, "link.db"));
  await Deno.symlink(join(real, "a"), join(real, "folder"));
  assert.equal(await lockPath(join(real, "link.db")), `${path}.lock`);
  assert.equal(await lockPath(join(real, "folder", "new.db")), join(real, "a", "new.db.lock"));
});

Deno.test("lockPath() is the lock of a data folder for the database in it", async () => {
  await using folder = await temporaryFolder();
  const real = await Deno.realPath(folder.path);
  assert.equal(await lockPath(join(real, "defensive.db")), join(real, "lock"));
  assert.equal(await lockPath(join(real, "none", "defensive.db")), undefined);
});
