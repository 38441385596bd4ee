/** Data folders and databases that are not only the server's, and the largest file of a system. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { temporaryFolder } from "../peers/temporary_folder.ts";
import { encodeFileHead } from "../../shared/protocol3/request.ts";
import { REVISIONS } from "../../shared/protocol3/revision.ts";
import { TextField } from "../../shared/wire/layout.ts";
import { assertComplains } from "./fixtures/complaint.ts";
import { storedFiles } from "./fixtures/data_folder.ts";
import { runProgram } from "./fixtures/in_process.ts";
import { ConnectedClient } from "../peers/connected_client.ts";
import { ON_LOOPBACK, RunningServer } from "./fixtures/running_server.ts";
import { isInstalled } from "./fixtures/tool.ts";

const POSIX = Deno.build.os !== "windows";

Deno.test("A server refuses a folder of somebody else, and changes nothing in it", async () => {
  await using folder = await temporaryFolder();
  await Deno.writeTextFile(join(folder.path, "thesis.tex"), "precious");
  if (POSIX) await Deno.chmod(folder.path, 0o755);
  const ended = await runProgram("server", [...ON_LOOPBACK, "--data", folder.path]);
  const says = /^error: The folder ".*" has other files, "thesis\.tex", and no server .*--data/;
  assertComplains(ended, { code: 2, says });
  const names = await Array.fromAsync(Deno.readDir(folder.path), ({ name }) => name);
  assert.deepEqual(names, ["thesis.tex"]);
  if (POSIX) assert.equal(((await Deno.stat(folder.path)).mode ?? 0) & 0o777, 0o755);
});

const mayGive = POSIX && await mayGiveAway();

Deno.test({
  name: "A server works in a folder of another user that it can write, and says whose it is" +
    (mayGive ? "" : " (ignored: this user cannot give files away)"),
  ignore: !mayGive,
  async fn() {
    await using folder = await temporaryFolder();
    const data = join(folder.path, "data");
    await Deno.mkdir(data);
    // As a volume of Kubernetes with fsGroup.
    await Deno.chown(data, 12345, null);
    await Deno.chmod(data, 0o2777);
    await using server = await RunningServer.here(data);
    using client = await ConnectedClient.introduced(server.address, "Guest");
    await client.send(await client.fileRequest("a.txt", new TextEncoder().encode("text")));
    assert.equal((await client.reply()).kind, "fileReceived");
    assert.equal((await client.confirm("a.txt")).kind, "acknowledged");
    const { code, stderr } = await server.stop();
    assert.equal(code, 0, stderr);
    assert.match(stderr, /belongs to another user \(12345\).*\(2777\) are left as they are/);
    assert.equal(((await Deno.stat(data)).mode ?? 0) & 0o7777, 0o2777);
    assert.equal((await storedFiles(data)).length, 1);
  },
});

Deno.test("A database is used by one server at a time, wherever the files are", async () => {
  await using folder = await temporaryFolder();
  const [first, second] = [join(folder.path, "first"), join(folder.path, "second")];
  const apart = ["--database", join(folder.path, "clients.db")];
  const inUse = /^error: The database ".*" is in use by another server: .*--database/;
  {
    await using _server = await RunningServer.here(first, { args: [...ON_LOOPBACK, ...apart] });
    const ended = await runProgram("server", [...ON_LOOPBACK, "--data", second, ...apart]);
    assertComplains(ended, { code: 2, says: inUse });
  }
  // That of a data folder is locked with it.
  await using _server = await RunningServer.here(first);
  const args = ["--data", second, "--database", join(first, "defensive.db")];
  assertComplains(await runProgram("server", [...ON_LOOPBACK, ...args]), { code: 2, says: inUse });
});

const hasBash = POSIX && await isInstalled("bash");

Deno.test({
  name: "A server refuses files that are larger than the system allows when they are announced" +
    (hasBash ? "" : " (ignored: there is no bash)"),
  ignore: !hasBash,
  async fn() {
    await using folder = await temporaryFolder();
    const limit = 1024 ** 3;
    await using server = await RunningServer.start(join(folder.path, "data"), {
      through: ["bash", "-c", `ulimit -f ${limit / 1024}; exec "$0" "$@"`],
    });
    assert.match(await server.logged(/ulimit/), new RegExp(`files of up to ${limit} bytes`));
    using client = await ConnectedClient.introduced(server.address, "Giant");
    await client.send(encodeFileHead(REVISIONS["2024a"], {
      ...{ kind: "file", clientId: client.clientId, fileName: TextField.of("movie.mp4") },
      ...{ contentSize: limit + 32, originalSize: limit + 16, packet: 1, packets: 2 },
      packetSize: 1024,
    }));
    assert.equal((await client.reply()).kind, "serverError");
    await client.ended();
    await server.logged(/file-too-large/);
  },
});

async function mayGiveAway(): Promise<boolean> {
  await using folder = await temporaryFolder();
  return await Deno.chown(folder.path, 12345, null).then(() => true, () => false);
}
