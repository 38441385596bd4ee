/** Both programs as processes with no more rights than their tasks give, each command once. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { temporaryFolder } from "../peers/temporary_folder.ts";
import { makeFile, writeTransferInfo } from "./fixtures/client_folder.ts";
import { assertComplains } from "./fixtures/complaint.ts";
import { databaseIn, fileRows } from "./fixtures/data_folder.ts";
import { runClient, runProgram } from "./fixtures/program.ts";
import { RunningServer } from "./fixtures/running_server.ts";

Deno.test("Every client command works with the task's rights", async () => {
  await using data = await temporaryFolder();
  await using home = await temporaryFolder();
  await using server = await RunningServer.start(data.path);
  const { name } = await makeFile(home.path, { name: "file.bin", size: 100 });
  // By its name, so that the resolver of the system has work to do.
  const address = `localhost:${server.address.split(":").at(-1)}`;
  await writeTransferInfo(home.path, address, "Bo", name);
  const folder = ["--dir", home.path];
  const expected: readonly (readonly [args: readonly string[], says: RegExp])[] = [
    [folder, /^"file\.bin" sent to .* verified\n$/],
    [["doctor", ...folder], /\nAll is well\n$/],
    [["probe", address], /^localhost:\d+ speaks revision 2024c/],
    [["identity", "move", address, "127.0.0.1:1", ...folder], /^"Bo" is known to /],
    [["completions", "bash"], /complete /],
    [["--help"], /^Usage: /],
  ];
  for (const [args, says] of expected) {
    const { code, stdout, stderr } = await runClient(args);
    assert.equal(code, 0, stderr);
    assert.match(stdout, says);
  }
  const { code, stdout, stderr } = await server.stop();
  assert.equal(code, 0);
  assert.match(stdout, /^listening on \S+\nsealpost:\S+\n$/);
  assert.match(stderr, /Stored 'file\.bin': 100 bytes, verified\n/);
  assert.equal(fileRows(databaseIn(data.path)).length, 1);
});

Deno.test("Both programs exit with the code of what is wrong, and say it in one line", async () => {
  await using home = await temporaryFolder();
  const { path } = await makeFile(home.path, { name: "file.bin", size: 100 });
  // Nothing listens on port 1 (tcpmux) of any machine in our time.
  const nobody = ["--dir", home.path, "--server", "127.0.0.1:1", "--name", "Bo", "--retries", "0"];
  assertComplains(await runClient([...nobody, path]), {
    code: 3,
    says: /^Fatal: No server listens/,
  });
  assertComplains(await runClient([...nobody, join(home.path, "none")]), {
    code: 2,
    says: /^error: There is no file/,
  });
  assertComplains(await runProgram("server", ["--data", path]), {
    code: 2,
    says: /^error: ".*" is not a folder/,
  });
});
