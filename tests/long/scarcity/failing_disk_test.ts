/** A real file system that finds a fault in itself, and takes no more writes from then on. */

import assert from "node:assert/strict";
import { basename, join } from "node:path";
import { temporaryFolder } from "../../peers/temporary_folder.ts";
import { cksumOf } from "../../../shared/cksum/cksum.ts";
import { databaseIn, fileRows } from "../../end_to_end/fixtures/data_folder.ts";
import { Lines } from "../../end_to_end/fixtures/lines.ts";
import { ON_LOOPBACK, RunningServer } from "../../end_to_end/fixtures/running_server.ts";
import { seededBytes } from "../../end_to_end/fixtures/seeded_bytes.ts";
import { runTool } from "../../end_to_end/fixtures/tool.ts";
import { ConnectedClient } from "../../peers/connected_client.ts";

const SIZE = 64 * 1024 ** 2;

/** A disk with ext4 that is read-only after its first fault. */
interface FailingDisk extends AsyncDisposable {
  readonly path: string;
  /** Has it find a fault. */
  readonly fail: () => Promise<void>;
  /** Takes it away, has it repaired, and mounts it again. */
  readonly repair: () => Promise<void>;
}

/** Runs a tool; returns what it printed, or undefined if it failed or is not there. */
async function succeeds(program: string, ...args: string[]): Promise<string | undefined> {
  const { code, stdout } = await runTool("sh", ["-c", 'exec "$0" "$@"', program, ...args]);
  return code === 0 ? stdout.trim() : undefined;
}

/** Makes one in a file; undefined where tests may not. */
async function failingDisk(folder: string): Promise<FailingDisk | undefined> {
  await using made = new AsyncDisposableStack();
  const [image, path] = [join(folder, "image"), join(folder, "disk")];
  await Deno.writeFile(image, new Uint8Array());
  await Deno.truncate(image, SIZE);
  if (await succeeds("mkfs.ext4", "-q", "-F", image) === undefined) return undefined;
  const device = await succeeds("losetup", "--find", "--show", image);
  if (device === undefined) return undefined;
  made.defer(async () => void await succeeds("losetup", "-d", device));
  await Deno.mkdir(path);
  const mount = () => succeeds("mount", "-o", "errors=remount-ro", device, path);
  if (await mount() === undefined) return undefined;
  made.defer(async () => void await succeeds("umount", path));
  const fault = `/sys/fs/ext4/${basename(device)}/trigger_fs_error`;
  if (await succeeds("test", "-w", fault) === undefined) return undefined;
  const kept = made.move();
  return {
    path,
    // The runtime lets no test write there.
    fail: async () => assert((await runTool("sh", ["-c", 'echo 1 > "$0"', fault])).code === 0),
    async repair() {
      assert((await succeeds("umount", path)) !== undefined);
      // It ends with 1 when it has repaired something.
      await succeeds("fsck.ext4", "-fy", device);
      assert((await mount()) !== undefined);
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

async function mayFail(): Promise<boolean> {
  if (Deno.build.os !== "linux") return false;
  await using folder = await temporaryFolder();
  await using disk = await failingDisk(folder.path);
  return disk !== undefined;
}

const fails = await mayFail();

async function store(client: ConnectedClient, name: string, size: number): Promise<boolean> {
  await client.send(await client.fileRequest(name, seededBytes(size, size)));
  if ((await client.reply()).kind !== "fileReceived") return false;
  return (await client.confirm(name)).kind === "acknowledged";
}

Deno.test({
  name: "A server whose disk becomes read-only refuses by name, and has what it confirmed" +
    (fails ? "" : " (left out: no right to mount ext4)"),
  ignore: !fails,
  async fn() {
    await using folder = await temporaryFolder();
    await using disk = await failingDisk(folder.path);
    assert(disk !== undefined);
    const data = join(disk.path, "data");
    const args = [...ON_LOOPBACK, "--keep-free", "0"];
    const files = { "small.txt": 1_000, "large.bin": 300_000 };
    {
      await using server = await RunningServer.start(data, { args });
      using client = await ConnectedClient.introduced(server.address, "Steady");
      for (const [name, size] of Object.entries(files)) assert(await store(client, name, size));
      await disk.fail();
      for (const size of Object.values(files)) assert(!await store(client, `${size} amid`, size));
      await assert.rejects(ConnectedClient.introduced(server.address, "Newcomer"));
      await server.logged(/Refused 'crcValid': 'data-not-writable'/);
      // A key of its own could not be kept for it; it is answered all the same.
      assert.equal((await client.reconnect())?.kind, "serverError");
      client[Symbol.dispose]();
      // Staged contents cannot be removed; the next start does that.
      const { code, stderr } = await server.stop();
      assert.equal(code, 0);
      assert.doesNotMatch(stderr, /internal-error/);
    }
    await disk.repair();
    await using server = await RunningServer.start(data, { args });
    using client = await ConnectedClient.introduced(server.address, "Newcomer");
    assert(await store(client, "after.bin", 300_000));
    client[Symbol.dispose]();
    assert.equal((await server.stop()).code, 0);
    const rows = fileRows(databaseIn(data));
    const names = rows.map(({ fileName }) => fileName).sort();
    assert.deepEqual(names, [...Object.keys(files), "after.bin"].sort());
    for (const { location, size, checksum } of rows) {
      const file = await Deno.open(join(data, location));
      assert.equal((await file.stat()).size, size);
      assert.equal(await cksumOf(file.readable), checksum);
    }
  },
});

const traces = Deno.build.os === "linux" &&
  await succeeds("strace", "-qq", "-o", "/dev/null", "true") !== undefined;

Deno.test({
  name: "A server whose log fails to be synced once says so, and confirms nothing more" +
    (traces ? "" : " (ignored: no strace)"),
  ignore: !traces,
  async fn() {
    await using data = await temporaryFolder();
    {
      await using server = await RunningServer.start(data.path);
      using client = await ConnectedClient.introduced(server.address, "Steady");
      assert(await store(client, "before.txt", 1_000));
      const strace = new Deno.Command("sh", {
        args: [
          ...["-c", 'exec strace -f -p "$0" -o /dev/null -e inject=fdatasync:error=EIO:when=1'],
          `${server.pid}`,
        ],
        stderr: "piped",
      }).spawn();
      const said = new Lines(strace.stderr);
      await said.find(/attached/);
      assert(!await store(client, "amid.txt", 1_000));
      strace.kill("SIGINT");
      await strace.status;
      await said.done;
      await server.logged(
        /error +Nothing is stored any more until the server is restarted: .*sync/,
      );
      // A second sync would succeed, whatever became of what the first one had to write.
      for (const size of [1_000, 300_000]) assert(!await store(client, `${size}`, size));
      client[Symbol.dispose]();
      const { code, stderr } = await server.stop();
      assert.equal(code, 0);
      assert.match(stderr, /Stopped \(.* database-failed 1, .* refused\.disk-failed 3, /);
    }
    await using server = await RunningServer.start(data.path);
    using client = await ConnectedClient.introduced(server.address, "Newcomer");
    assert(await store(client, "after.txt", 1_000));
    client[Symbol.dispose]();
    assert.equal((await server.stop()).code, 0);
    const names = fileRows(databaseIn(data.path)).map(({ fileName }) => fileName);
    for (const name of ["before.txt", "after.txt"]) assert(names.includes(name));
  },
});
