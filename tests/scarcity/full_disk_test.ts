/**
 * A disk without room: what the server says, what it keeps, and that it goes on once there is some.
 */

import assert from "node:assert/strict";
import { join } from "node:path";
import { cksumOf } from "../../shared/cksum/cksum.ts";
import { databaseIn, fileRows, stagedFiles } from "../end_to_end/fixtures/data_folder.ts";
import { ConnectedClient } from "../peers/connected_client.ts";
import {
  ON_LOOPBACK,
  RunningServer,
  type ServerOptions,
} from "../end_to_end/fixtures/running_server.ts";
import { seededBytes } from "../end_to_end/fixtures/seeded_bytes.ts";
import { StagingWatch } from "../end_to_end/fixtures/staging_watch.ts";
import { mayMount, smallDisk } from "./small_disk.ts";

/** Bytes of the disk: for the database and a few files. */
const DISK = 12 * 1024 * 1024;

const mounts = await mayMount();
const reason = mounts ? "" : " (ignored: no right to mount a tmpfs)";

/** Runs a test with a server on a small disk. */
function onSmallDisk(
  name: string,
  act: (
    given: {
      readonly server: RunningServer;
      readonly client: ConnectedClient;
      readonly disk: NonNullable<Awaited<ReturnType<typeof smallDisk>>>;
    },
  ) => Promise<void>,
  { keepFree = "0", start = RunningServer.here }: {
    readonly keepFree?: string;
    /** How the server is started. */
    readonly start?: (data: string, options: ServerOptions) => Promise<RunningServer>;
  } = {},
): void {
  Deno.test({
    name: `${name}${reason}`,
    ignore: !mounts,
    async fn() {
      await using disk = await smallDisk(DISK);
      assert(disk !== undefined);
      const data = join(disk.path, "data");
      const args = [...ON_LOOPBACK, "--keep-free", keepFree];
      await using server = await start(data, { args });
      using client = await ConnectedClient.introduced(server.address, "Crowded");
      await act({ server, client, disk });
      assert.equal((await server.stop()).code, 0);
      assert.deepEqual(await stagedFiles(data), []);
      for (const { location, size, checksum } of fileRows(databaseIn(data))) {
        const file = await Deno.open(join(data, location));
        assert.equal((await file.stat()).size, size);
        assert.equal(await cksumOf(file.readable), checksum);
      }
    },
  });
}

onSmallDisk(
  "A disk that fills up amid a file refuses it, and keeps it once there is room",
  async (given) => {
    const { server, client, disk } = given;
    await store(client, "old.bin", 100_000);
    const request = await client.fileRequest("new.bin", seededBytes(1, 4_000_000));
    using watch = new StagingWatch(join(disk.path, "data"));
    // More than a server gathers before it writes anything.
    const first = 1_500_000;
    await client.send(request.subarray(0, first));
    await watch.begun();
    await disk.fill(100_000);
    await client.send(request.subarray(first));
    assert.equal((await client.reply()).kind, "serverError");
    // Which of the two it is depends on whether much or little is read at a time.
    await server.logged(/Refused 'file': '(disk-full|free-space-exceeded)'/);
    await disk.empty();
    await client.send(request);
    assert.equal((await client.reply()).kind, "fileReceived");
    assert.equal((await client.confirm("new.bin")).kind, "acknowledged");
  },
  { start: RunningServer.start },
);

onSmallDisk(
  "A disk that is full to the last byte ends neither the server nor what it keeps",
  async (given) => {
    const { server, client, disk } = given;
    await store(client, "old.bin", 100_000);
    await disk.fill(0);
    for (let attempt = 1; attempt <= 3; attempt++) {
      await client.send(await client.fileRequest("new.bin", seededBytes(attempt, 50_000)));
      assert.equal((await client.reply()).kind, "serverError");
    }
    // No new client can be put on record either, and it is told so.
    await assert.rejects(ConnectedClient.introduced(server.address, "Newcomer"));
    await disk.empty();
    await store(client, "new.bin", 50_000);
    using newcomer = await ConnectedClient.introduced(server.address, "Newcomer");
    await store(newcomer, "own.bin", 50_000);
  },
);

for (const size of [300_000, 30_000]) {
  onSmallDisk(
    `A disk that fills up between a file of ${size} bytes and its verdict leaves the old version`,
    async (given) => {
      const { client, disk } = given;
      await store(client, "file.bin", 100_000);
      await client.send(await client.fileRequest("file.bin", seededBytes(2, size)));
      assert.equal((await client.reply()).kind, "fileReceived");
      await disk.fill(0);
      const answer = (await client.confirm("file.bin")).kind;
      await disk.empty();
      // SQLite may have room left in the pages that it has: then the version is kept, and that is
      // said.
      if (answer === "acknowledged") return;
      assert.equal(answer, "serverError");
      // It was not lost: the client may say so again once there is room.
      assert.equal((await client.confirm("file.bin")).kind, "acknowledged");
    },
  );
}

onSmallDisk("Room that is to stay free is not given away", async ({ server, client, disk }) => {
  await store(client, "old.bin", 100_000);
  await disk.fill(5_000_000);
  await client.send(await client.fileRequest("new.bin", seededBytes(1, 2_000_000)));
  assert.equal((await client.reply()).kind, "serverError");
  await server.logged(/Refused 'file': 'free-space-exceeded'/);
  await store(client, "small.bin", 500_000);
}, { keepFree: "4MiB" });

async function store(client: ConnectedClient, name: string, size: number): Promise<void> {
  await client.send(await client.fileRequest(name, seededBytes(size, size)));
  assert.equal((await client.reply()).kind, "fileReceived");
  assert.equal((await client.confirm(name)).kind, "acknowledged");
}
