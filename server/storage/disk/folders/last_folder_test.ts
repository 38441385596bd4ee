import assert from "node:assert/strict";
import { join } from "node:path";
import { temporaryFolder } from "../../../../tests/peers/temporary_folder.ts";
import { SYSTEM_CLOCK } from "../../../system_clock.ts";
import { StorageError } from "../../storage_error.ts";
import { type HeldLock, lockFile } from "./file_lock.ts";
import { expectLastFolder } from "./last_folder.ts";

/** Locks of a database and of two data folders, and what is said about them. */
async function opened() {
  await using stack = new AsyncDisposableStack();
  const { path } = stack.use(await temporaryFolder());
  const lock = async (name: string): Promise<HeldLock> => {
    const held = await lockFile(join(path, name), SYSTEM_CLOCK);
    assert(held !== undefined);
    return stack.use(held);
  };
  const [database, disk, below] = [await lock("database"), await lock("disk"), await lock("below")];
  const warnings: string[] = [];
  const warn = (notice: string) => void warnings.push(notice);
  const start = (folder: HeldLock, files = 1, over = database) =>
    expectLastFolder({ folder, database: over }, { root: "/data", files, warn });
  const kept = stack.move();
  return {
    ...{ database, disk, below, warnings, start },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

function isGone(error: unknown): boolean {
  return error instanceof StorageError && error.reason === "data-gone" &&
    /used last, and there are 1 files on record: mount its disk/.test(error.message);
}

Deno.test("expectLastFolder() refuses a folder that was used before another one", async () => {
  await using at = await opened();
  await at.start(at.below, 0);
  await at.start(at.disk, 0);
  await at.start(at.disk);
  await assert.rejects(at.start(at.below), isGone);
  // A supervisor starts the server again and again.
  await assert.rejects(at.start(at.below), isGone);
  await at.start(at.disk);
  await at.start(at.disk);
  assert.deepEqual(at.warnings, []);
});

Deno.test("expectLastFolder() takes a folder without its lock, and then no other", async () => {
  await using at = await opened();
  await at.start(at.below);
  await at.start(at.disk);
  await at.below.write("");
  await at.start(at.below);
  await assert.rejects(at.start(at.disk), isGone);
});

Deno.test("expectLastFolder() takes any folder while there are no files on record", async () => {
  await using at = await opened();
  for (const folder of [at.disk, at.below, at.disk]) await at.start(folder, 0);
  await at.start(at.disk);
});

Deno.test("expectLastFolder() knows the folder after a crash between its two writes", async () => {
  await using at = await opened();
  await at.start(at.disk);
  const cut = {
    read: () => at.disk.read(),
    write: () => Promise.reject(new Error("cut")),
    [Symbol.dispose]() {},
  };
  for (let time = 0; time < 2; time++) {
    await at.start(cut);
    assert.match(at.warnings[time] ?? "", /"\/data".*cut/);
  }
  await at.start(at.disk);
});

Deno.test("expectLastFolder() goes on where the database's lock cannot be written", async () => {
  await using at = await opened();
  await at.start(at.disk);
  const full = {
    read: () => at.database.read(),
    write: () => Promise.reject(new Error("full")),
    [Symbol.dispose]() {},
  };
  await at.start(at.disk, 1, full);
  assert.equal(at.warnings.length, 1);
  await at.start(at.disk);
});
