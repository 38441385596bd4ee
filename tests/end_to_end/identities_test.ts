/** What a client keeps of who it is to servers, by the real programs. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { temporaryFolder } from "../peers/temporary_folder.ts";
import { mayMount, smallDisk } from "../scarcity/small_disk.ts";
import { idIn, makeFile } from "./fixtures/client_folder.ts";
import { runClient } from "./fixtures/in_process.ts";
import { runProgram } from "./fixtures/program.ts";
import { RunningServer } from "./fixtures/running_server.ts";

Deno.test("One folder is enough for two servers, each of which knows its own client", async () => {
  await using home = await temporaryFolder();
  await using one = await temporaryFolder();
  await using two = await temporaryFolder();
  const { path } = await makeFile(home.path, { name: "a.bin", size: 100 });
  await using a = await RunningServer.here(one.path);
  await using b = await RunningServer.here(two.path);
  const send = (server: RunningServer, ...more: readonly string[]) =>
    runClient(["--dir", home.path, "--server", server.address, "--quiet", path, ...more]);
  for (const server of [a, b]) {
    assert.equal((await send(server, "--name", "Bo")).code, 0);
  }
  const id = await idIn(home.path);
  for (const server of [a, b, a, b]) {
    const { code, stderr } = await send(server);
    assert.equal(code, 0, stderr);
    assert.equal(stderr, "");
  }
  assert.equal(await idIn(home.path), id);
  const aside = join(home.path, "servers", b.address.replace(":", "_"));
  assert.notEqual(await idIn(aside), id);
});

Deno.test("A moved server is reached after the command in the error", async () => {
  await using home = await temporaryFolder();
  await using data = await temporaryFolder();
  const { path } = await makeFile(home.path, { name: "a.bin", size: 100 });
  const send = (server: RunningServer) =>
    runClient(["--dir", home.path, "--server", server.address, "--name", "Bo", "--quiet", path]);
  let old = "";
  {
    await using server = await RunningServer.here(data.path);
    old = server.address;
    assert.equal((await send(server)).code, 0);
  }
  await using server = await RunningServer.here(data.path);
  // Without a name there is none to register, and the one on file is not told.
  const args = ["--dir", home.path, "--server", server.address, "--quiet", path];
  const nameless = await runClient(args);
  assert.equal(nameless.code, 2);
  assert(nameless.stderr.includes(`identity move ${old} ${server.address}"`), nameless.stderr);
  const { code, stderr } = await send(server);
  assert.equal(code, 4, stderr);
  const [, command = ""] = /run "deno task client ([^"]*)"/.exec(stderr) ?? [];
  assert.equal(command, `identity move ${old} ${server.address}`);
  const moved = await runClient([...command.split(" "), "--dir", home.path]);
  assert.equal(moved.code, 0, moved.stderr);
  assert.match(moved.stdout, /^"Bo" is known to \S+ from now on, and not to \S+\n$/);
  const again = await send(server);
  assert.equal(again.code, 0, again.stderr);
});

Deno.test("Clients started at once in one new folder share one name", async () => {
  await using home = await temporaryFolder();
  await using data = await temporaryFolder();
  await using server = await RunningServer.here(data.path);
  const ends = await Promise.all([1, 2].map(async (number) => {
    const { path } = await makeFile(home.path, { name: `${number}.bin`, size: 100 });
    // Processes, which share nothing but the folder.
    return await runProgram("client", [
      ...["--dir", home.path, "--server", server.address, "--name", "Bo", path],
    ]);
  }));
  for (const { code, stderr } of ends) assert.equal(code, 0, stderr);
  const clients = await Array.fromAsync(Deno.readDir(join(data.path, "received_files")));
  assert.deepEqual(clients.map(({ name }) => name), [await idIn(home.path)]);
});

const able = await mayMount();

Deno.test({
  name: "A full disk under a client's folder costs no name, and is called one" +
    (able ? "" : " (ignored: tests may not mount a disk here)"),
  ignore: !able,
  async fn() {
    const disk = await smallDisk(64 * 1024);
    assert(disk !== undefined);
    await using _disk = disk;
    await using data = await temporaryFolder();
    await using files = await temporaryFolder();
    const { path } = await makeFile(files.path, { name: "a.bin", size: 100 });
    await using server = await RunningServer.here(data.path);
    const args = ["--dir", disk.path, "--server", server.address, "--name", "Bo", path];
    for (const left of [0, 4096, 8192, 12_288]) {
      await disk.fill(left);
      const { code, stderr } = await runClient(args);
      await disk.empty();
      if (code === 0) {
        assert(left > 4096);
        continue;
      }
      assert.equal(code, 2, stderr);
      assert.match(stderr, /: the disk is full; make room on it\n$/);
    }
    const { code, stderr } = await runClient(args);
    assert.equal(code, 0, stderr);
  },
});

Deno.test({
  name: "A client whose servers/ is a disk of its own registers, and keeps its identity" +
    (able ? "" : " (ignored: tests may not mount a disk here)"),
  ignore: !able,
  async fn() {
    const disk = await smallDisk(64 * 1024);
    assert(disk !== undefined);
    await using _disk = disk;
    await using data = await temporaryFolder();
    await using home = await temporaryFolder();
    const { path } = await makeFile(home.path, { name: "a.bin", size: 100 });
    await Deno.symlink(disk.path, join(home.path, "servers"));
    await using server = await RunningServer.here(data.path);
    const args = ["--dir", home.path, "--server", server.address, "--name", "Bo", path];
    const first = await runClient(args);
    assert.equal(first.code, 0, first.stderr);
    const id = await idIn(home.path);
    assert.equal((await Deno.stat(join(home.path, "me.info"))).mode, 0o100600);
    // No copy of the private key stays on the other disk.
    const left = Array.from(Deno.readDirSync(disk.path), ({ name }) => name);
    assert.deepEqual(left, ["registered.info"]);
    const second = await runClient(args);
    assert.equal(second.code, 0, second.stderr);
    assert.equal(await idIn(home.path), id);
  },
});
