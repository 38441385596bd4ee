/** The client on its own: all that it has to know stands in its files. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { temporaryFolder } from "../peers/temporary_folder.ts";
import { idIn, makeFile, writeTransferInfo } from "./fixtures/client_folder.ts";
import { databaseIn, fileRows, storedFiles } from "./fixtures/data_folder.ts";
import { runClient } from "./fixtures/in_process.ts";
import { runProgram } from "./fixtures/program.ts";
import { RunningServer } from "./fixtures/running_server.ts";

const NAME = "Michael Jackson";

Deno.test("A client without flags follows transfer.info in its folder", async () => {
  await using data = await temporaryFolder();
  await using home = await temporaryFolder();
  await using server = await RunningServer.here(data.path);
  await Deno.mkdir(join(home.path, "letters"));
  const { content } = await makeFile(home.path, { name: "letters/spring.txt", size: 3000 });
  await writeTransferInfo(home.path, server.address, NAME, "letters/spring.txt");
  // Once from elsewhere and once from within: the path in line 3 is meant from the folder.
  const runs = [
    await runClient(["--dir", home.path]),
    await runProgram("client", [], { cwd: home.path }),
  ];
  for (const { code, stdout, stderr } of runs) {
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^"spring\.txt" sent to 127\.0\.0\.1:\d+: 2\.9 KiB in .* verified\n$/);
  }
  await server.stop();
  const location = `received_files/${await idIn(home.path)}/spring.txt`;
  assert.deepEqual(await storedFiles(data.path), [location]);
  assert.deepEqual(await Deno.readFile(join(data.path, location)), new Uint8Array(content));
});

Deno.test("me.info and priv.key have the identity, for their owner only", async () => {
  await using data = await temporaryFolder();
  await using home = await temporaryFolder();
  await using server = await RunningServer.here(data.path);
  await makeFile(home.path, { name: "file.bin", size: 10 });
  await writeTransferInfo(home.path, server.address, NAME, "file.bin");
  assert.equal((await runClient(["--dir", home.path])).code, 0);

  const me = await Deno.readTextFile(join(home.path, "me.info"));
  const [name, id = "", key = "", ...rest] = me.split("\n");
  assert.equal(name, NAME);
  assert.match(id, /^[0-9a-f]{32}$/);
  assert.match(key, /^[0-9A-Za-z+/]{700,}={0,2}$/);
  assert.deepEqual(rest, [""]);
  assert.equal(await Deno.readTextFile(join(home.path, "priv.key")), `${key}\n`);
  if (Deno.build.os !== "windows") {
    for (const file of ["me.info", "priv.key"]) {
      const { mode } = await Deno.stat(join(home.path, file));
      assert.equal((mode ?? 0) & 0o777, 0o600, file);
    }
  }
  const entries = await Array.fromAsync(Deno.readDir(home.path));
  const names = ["file.bin", "me.info", "priv.key", "servers", "transfer.info"];
  assert.deepEqual(entries.map((entry) => entry.name).sort(), names, "No drafts are left");
  await server.stop();
  assert.equal(fileRows(databaseIn(data.path))[0]?.id, id);
});

Deno.test("A me.info without a key is used with the one in priv.key", async () => {
  await using data = await temporaryFolder();
  await using home = await temporaryFolder();
  await using server = await RunningServer.here(data.path);
  await makeFile(home.path, { name: "file.bin", size: 10 });
  await writeTransferInfo(home.path, server.address, NAME, "file.bin");
  assert.equal((await runClient(["--dir", home.path])).code, 0);
  const id = await idIn(home.path);
  await Deno.writeTextFile(join(home.path, "me.info"), `${NAME}\r\n${id.toUpperCase()}\r\n`);
  const { code, stderr } = await runClient(["--dir", home.path, "--verbose"]);
  assert.equal(code, 0, stderr);
  assert.match(stderr, /Reconnected as "Michael Jackson"/);
});

Deno.test("A missing file in line 3 is named by its full path", async () => {
  await using home = await temporaryFolder();
  await writeTransferInfo(home.path, "127.0.0.1:1", NAME, "letters/none.txt");
  const { code, stdout, stderr } = await runClient(["--dir", home.path]);
  assert.equal(code, 2);
  assert.equal(stdout, "");
  const path = JSON.stringify(join(home.path, "letters/none.txt"));
  assert.equal(stderr, `error: There is no file ${path}; check the path\n`);
});
