import assert from "node:assert/strict";
import { join } from "node:path";

import { StorageError } from "../../storage_error.ts";
import { temporaryFolder } from "../../../../tests/peers/temporary_folder.ts";
import { bytes, failsWith, readAll, sha256 } from "../../../../tests/storage/trees_under_test.ts";
import { BLOCK_SIZE, LEAF_SIZE } from "../../trees/uploads.ts";
import { DiskContentFiles } from "./disk_content_files.ts";
import { whileSyncsFail } from "../../../../tests/storage/while_syncs_fail.ts";

const KEY = "0123456789abcdef0123456789abcdef";
const OTHER = "fedcba9876543210fedcba9876543210";

async function opened() {
  const folder = await temporaryFolder();
  const above = join(folder.path, "contents", KEY.slice(0, 2));
  return {
    files: await DiskContentFiles.open(folder.path),
    root: folder.path,
    above,
    path: join(above, KEY.slice(2)),
    leaves: join(above, `${KEY.slice(2)}.leaves`),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

/** An upload of whole blocks, without a sync. */
async function upload(files: DiskContentFiles, content: Uint8Array): Promise<void> {
  const writer = await files.append({ key: KEY, offset: 0 });
  for (let at = 0; at < content.length; at += BLOCK_SIZE) {
    const block = content.subarray(at, at + BLOCK_SIZE);
    await writer.append(block, block.length === BLOCK_SIZE ? sha256(block) : undefined);
  }
  await writer.close();
}

Deno.test("DiskContentFiles has contents in a folder by key, for its user alone", async () => {
  await using at = await opened();
  const writer = at.files.create(KEY);
  await writer.write(bytes(10));
  await writer.seal();
  assert.equal((await Deno.stat(at.path)).size, 10);
  if (Deno.build.os === "windows") return;
  const modes = [at.path, at.above, join(at.root, "contents")]
    .map((path) => (Deno.statSync(path).mode ?? 0) & 0o777);
  assert.deepEqual(modes, [0o600, 0o700, 0o700]);
});

Deno.test("DiskContentFiles seals nothing after a sync that failed", async () => {
  await using at = await opened();
  const writer = at.files.create(KEY);
  await whileSyncsFail(() => writer.write(new Uint8Array(32 * 1024 ** 2)));
  // The system reports a write that failed only once: a sync that succeeds now says nothing.
  await failsWith(writer.seal(), "disk-failed");
  await writer.close();
});

Deno.test("DiskContentFiles replaces no file", async () => {
  await using at = await opened();
  const writer = at.files.create(KEY);
  await writer.write(bytes(10));
  await writer.seal();
  await failsWith(at.files.create(KEY).write(bytes(1)), "disk-failed");
  assert.equal((await Deno.stat(at.path)).size, 10);
});

Deno.test({
  name: "DiskContentFiles follows no link",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using at = await opened();
    await using elsewhere = await temporaryFolder();
    await Deno.writeTextFile(join(elsewhere.path, KEY.slice(2)), "secret");
    await Deno.symlink(elsewhere.path, at.above);
    assert.equal(await at.files.open(KEY), undefined);
    await at.files.remove([KEY]);
    await failsWith(at.files.create(KEY).write(bytes(1)), "data-changed");
    await failsWith(at.files.append({ key: KEY, offset: 0 }), "data-changed");
    assert.equal(await Deno.readTextFile(join(elsewhere.path, KEY.slice(2))), "secret");
    await Deno.remove(at.above);
    await Deno.mkdir(at.above);
    await Deno.symlink(join(elsewhere.path, KEY.slice(2)), at.path);
    assert.equal(await at.files.open(KEY), undefined);
    await failsWith(at.files.create(KEY).write(bytes(1)), "disk-failed");
    for (const attempt of ["append", "recover", "finish"] as const) {
      await failsWith(at.files[attempt]({ key: KEY, offset: 0 }), "data-changed");
    }
    assert.equal(await Deno.readTextFile(join(elsewhere.path, KEY.slice(2))), "secret");
    // All that an upload has would be on record as lost.
    await Deno.rename(join(at.root, "contents"), join(elsewhere.path, "contents"));
    await Deno.symlink(join(elsewhere.path, "contents"), join(at.root, "contents"));
    await failsWith(at.files.recover({ key: OTHER, offset: BLOCK_SIZE }), "data-changed");
    await failsWith(DiskContentFiles.open(at.root), "data-changed");
  },
});

Deno.test("DiskContentFiles removes contents with leaves, and what is gone already", async () => {
  await using at = await opened();
  await upload(at.files, bytes(BLOCK_SIZE));
  await at.files.remove([OTHER, KEY]);
  await at.files.remove([KEY]);
  assert.deepEqual(await Array.fromAsync(Deno.readDir(at.above)), []);
});

Deno.test("DiskContentFiles drops what is behind the offset of an upload", async () => {
  await using at = await opened();
  const content = bytes(2 * BLOCK_SIZE + 5);
  await upload(at.files, content);
  const writer = await at.files.append({ key: KEY, offset: BLOCK_SIZE + 7 });
  await writer.append(content.subarray(0, 3));
  await writer.sync(BLOCK_SIZE + 10);
  await writer.close();
  assert.deepEqual(
    await at.files.tail({ key: KEY, offset: BLOCK_SIZE + 10 }),
    Uint8Array.from([...content.slice(BLOCK_SIZE, BLOCK_SIZE + 7), ...content.slice(0, 3)]),
  );
  assert.equal((await Deno.stat(at.path)).size, BLOCK_SIZE + 10);
  assert.equal((await Deno.stat(at.leaves)).size, LEAF_SIZE);
  const leaves = await at.files.leaves({ key: KEY, offset: BLOCK_SIZE + 10 });
  assert.deepEqual(await readAll(leaves), sha256(content.subarray(0, BLOCK_SIZE)));
});

Deno.test("DiskContentFiles finds the blocks that a crash has left whole", async () => {
  await using at = await opened();
  const content = bytes(4 * BLOCK_SIZE + 9);
  await upload(at.files, content);
  const recover = (offset: number) => at.files.recover({ key: KEY, offset });
  for (const offset of [0, 5, BLOCK_SIZE, 3 * BLOCK_SIZE + 1, 4 * BLOCK_SIZE]) {
    assert.equal(await recover(offset), 4 * BLOCK_SIZE, `${offset}`);
  }
  assert.equal(await recover(4 * BLOCK_SIZE + 9), 4 * BLOCK_SIZE + 9);
  // A page that did not reach the disk.
  const file = await Deno.open(at.path, { write: true });
  await file.seek(2 * BLOCK_SIZE + 4_096, Deno.SeekMode.Start);
  await file.write(new Uint8Array(4_096));
  file.close();
  assert.equal(await recover(0), 2 * BLOCK_SIZE);
  assert.equal(await recover(BLOCK_SIZE + 5), 2 * BLOCK_SIZE);
  assert.equal(await recover(2 * BLOCK_SIZE + 5), 2 * BLOCK_SIZE + 5);
  assert.equal(await recover(3 * BLOCK_SIZE), 4 * BLOCK_SIZE);
  // A leaf that did not.
  await Deno.truncate(at.leaves, LEAF_SIZE + 5);
  assert.equal(await recover(0), BLOCK_SIZE);
  assert.equal(await recover(BLOCK_SIZE + 5), BLOCK_SIZE + 5);
});

Deno.test("DiskContentFiles finds less of an upload when something else has cut it", async () => {
  await using at = await opened();
  await upload(at.files, bytes(3 * BLOCK_SIZE));
  const recover = () => at.files.recover({ key: KEY, offset: 3 * BLOCK_SIZE });
  await Deno.truncate(at.leaves, 2 * LEAF_SIZE + 3);
  assert.equal(await recover(), 2 * BLOCK_SIZE);
  await Deno.truncate(at.path, BLOCK_SIZE + 3);
  assert.equal(await recover(), BLOCK_SIZE);
  await Deno.remove(at.path);
  assert.equal(await recover(), 0);
});

Deno.test("DiskContentFiles takes nothing but keys for keys", async () => {
  await using at = await opened();
  for (const key of ["", "..", KEY.toUpperCase(), `${KEY}0`, `../${KEY.slice(3)}`, "r1"]) {
    assert.throws(
      () => at.files.create(key),
      (error) => error instanceof StorageError && error.reason === "path-not-allowed",
    );
    await failsWith(at.files.open(key), "path-not-allowed");
    await failsWith(at.files.remove([key]), "path-not-allowed");
    await failsWith(at.files.append({ key, offset: 0 }), "path-not-allowed");
  }
});
