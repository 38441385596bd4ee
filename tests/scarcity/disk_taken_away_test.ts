/**
 * The disk of a data folder is unmounted under a server that has its database on another one: below
 * the mount lies a folder like it, in which all that is stored would be gone afterwards.
 */

import assert from "node:assert/strict";
import { join } from "node:path";
import { DiskContentFiles } from "../../server/storage/disk/contents/disk_content_files.ts";
import { StorageError } from "../../server/storage/storage_error.ts";
import { temporaryFolder } from "../peers/temporary_folder.ts";
import { BLOCK_SIZE } from "../../server/storage/trees/uploads.ts";
import { DidNotStart, ON_LOOPBACK, RunningServer } from "../end_to_end/fixtures/running_server.ts";
import { fileRows } from "../end_to_end/fixtures/data_folder.ts";
import { seededBytes } from "../end_to_end/fixtures/seeded_bytes.ts";
import { ConnectedClient } from "../peers/connected_client.ts";
import { mayMount, type SmallDisk, smallDisk } from "./small_disk.ts";

/** Bytes of files on either side of the size that goes through the database first. */
const SIZES = [1_000, 300_000];

const mounts = await mayMount();
const ignored = mounts ? "" : " (ignored: no right to mount a tmpfs)";

/** Puts another disk in the place of that of a data folder, with the same folders on it. */
async function otherDisk(data: string): Promise<SmallDisk> {
  const disk = await smallDisk(8 * 1024 ** 2, { over: data });
  assert(disk !== undefined);
  for (const name of ["received_files", "staging", "contents"]) {
    await Deno.mkdir(join(data, name), { mode: 0o700 });
  }
  return disk;
}

/** The names of all that lies in a folder. */
async function namesBelow(folder: string): Promise<readonly string[]> {
  const entries = await Array.fromAsync(Deno.readDir(folder));
  const below = entries.filter(({ isDirectory }) => isDirectory)
    .map(({ name }) => namesBelow(join(folder, name)));
  return [...entries.map(({ name }) => name), ...(await Promise.all(below)).flat()].sort();
}

Deno.test({
  name: "A server whose data folder is unmounted confirms nothing, and goes on once it is back" +
    ignored,
  ignore: !mounts,
  async fn() {
    await using data = await temporaryFolder();
    await using other = await temporaryFolder();
    const database = join(other.path, "test.db");
    await using server = await RunningServer.here(data.path, {
      args: [...ON_LOOPBACK, "--keep-free", "0", "--database", database],
    });
    using client = await ConnectedClient.introduced(server.address, "Steady");
    const send = async (name: string, size: number) => {
      await client.send(await client.fileRequest(name, seededBytes(size, size)));
      assert.equal((await client.reply()).kind, "fileReceived");
    };
    for (const size of SIZES) {
      await send(`${size} before`, size);
      assert.equal((await client.confirm(`${size} before`)).kind, "acknowledged");
    }
    {
      await using _disk = await otherDisk(data.path);
      for (const size of SIZES) {
        await send(`${size} amid`, size);
        assert.equal((await client.confirm(`${size} amid`)).kind, "serverError");
      }
      await server.logged(/Refused 'crcValid': 'data-gone': .*mount that again/);
      assert.equal((await namesBelow(join(data.path, "received_files"))).length, 0);
    }
    // Of the last one that was refused the server has only what lies on the other disk.
    for (const size of SIZES) {
      await send(`${size} after`, size);
      assert.equal((await client.confirm(`${size} after`)).kind, "acknowledged");
    }
    client[Symbol.dispose]();
    const { code, stderr } = await server.stop();
    assert.equal(code, 0);
    assert.doesNotMatch(stderr, /internal-error/);
    const rows = fileRows(database);
    assert.equal(rows.length, 2 * SIZES.length);
    for (const { location, size } of rows) {
      assert.equal((await Deno.stat(join(data.path, location))).size, size);
    }
  },
});

Deno.test({
  name: "DiskContentFiles neither makes, finishes nor recovers contents on another disk" + ignored,
  ignore: !mounts,
  async fn() {
    await using data = await temporaryFolder();
    const files = await DiskContentFiles.open(data.path);
    const [key, another] = ["a".repeat(32), "b".repeat(32)];
    const block = new Uint8Array(BLOCK_SIZE);
    const upload = await files.append({ key, offset: 0 });
    await upload.append(block, new Uint8Array(32));
    await upload.sync(BLOCK_SIZE);
    const part = { key, offset: BLOCK_SIZE };
    const isGone = (error: unknown) =>
      error instanceof StorageError && error.reason === "data-gone";
    {
      await using _disk = await otherDisk(data.path);
      await assert.rejects(files.create(another).write(block), isGone);
      await assert.rejects(files.append(part), isGone);
      await assert.rejects(files.recover(part), isGone);
      await assert.rejects(Promise.resolve(files.finish(part)), isGone);
      await assert.rejects(files.remove([key]), isGone);
      assert.deepEqual(await namesBelow(join(data.path, "contents")), []);
    }
    await upload.close();
    assert.equal(await files.recover(part), BLOCK_SIZE);
  },
});

Deno.test("A server refuses an empty data folder while files are on record", async () => {
  await using folder = await temporaryFolder();
  const [data, away] = [join(folder.path, "data"), join(folder.path, "away")];
  const start = () =>
    RunningServer.here(data, {
      args: [...ON_LOOPBACK, "--database", join(folder.path, "test.db")],
    });
  const address = async () => {
    await using server = await start();
    using client = await ConnectedClient.introduced(server.address, `Client ${Math.random()}`);
    await client.send(await client.fileRequest("kept.txt", seededBytes(1, 100)));
    assert.equal((await client.reply()).kind, "fileReceived");
    assert.equal((await client.confirm("kept.txt")).kind, "acknowledged");
    return await server.printed(/^sealpost:/);
  };
  const key = (await address()).split("#").at(-1);
  await Deno.rename(data, away);
  await Deno.mkdir(data);
  // A supervisor starts it again and again.
  for (let time = 0; time < 2; time++) {
    await assert.rejects(start(), (error) => {
      assert(error instanceof DidNotStart);
      assert.equal(error.ended.code, 2);
      assert.match(error.ended.stderr, /has 1 files on record, and the folder .* mount its disk/);
      return true;
    });
  }
  await Deno.remove(data, { recursive: true });
  await Deno.rename(away, data);
  assert.equal((await address()).split("#").at(-1), key);
});

Deno.test("A server refuses a folder of an earlier start while another has its files", async () => {
  await using folder = await temporaryFolder();
  const [data, disk, below] = ["data", "disk", "below"].map((name) => join(folder.path, name));
  assert(data !== undefined && disk !== undefined && below !== undefined);
  const start = () =>
    RunningServer.here(data, {
      args: [...ON_LOOPBACK, "--database", join(folder.path, "test.db")],
    });
  // Once before the disk is there, and then on it.
  await (await start()).stop();
  await Deno.rename(data, below);
  {
    await using server = await start();
    using client = await ConnectedClient.introduced(server.address, "Steady");
    await client.send(await client.fileRequest("kept.txt", seededBytes(1, 100)));
    assert.equal((await client.reply()).kind, "fileReceived");
    assert.equal((await client.confirm("kept.txt")).kind, "acknowledged");
  }
  await Deno.rename(data, disk);
  await Deno.rename(below, data);
  await assert.rejects(start(), (error) => {
    assert(error instanceof DidNotStart);
    assert.equal(error.ended.code, 2);
    assert.match(error.ended.stderr, /not the one .* used last, and there are 1 files on record/);
    return true;
  });
  assert.deepEqual(await namesBelow(join(data, "received_files")), []);
  await Deno.rename(data, below);
  await Deno.rename(disk, data);
  await (await start()).stop();
  // Who means the other one says so.
  await Deno.rename(data, disk);
  await Deno.rename(below, data);
  await Deno.remove(join(data, "lock"));
  await (await start()).stop();
});
