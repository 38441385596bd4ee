/** Variables that set the same as flags. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { temporaryFolder } from "../peers/temporary_folder.ts";
import { makeFile } from "./fixtures/client_folder.ts";
import { assertComplains } from "./fixtures/complaint.ts";
import { clientRows, databaseIn } from "./fixtures/data_folder.ts";
import { runClient, runProgram } from "./fixtures/in_process.ts";
import { ON_LOOPBACK, RunningServer } from "./fixtures/running_server.ts";

Deno.test("Variables set what flags of the server set", async () => {
  await using data = await temporaryFolder();
  const database = join(data.path, "elsewhere.db");
  await using server = await RunningServer.here(data.path, {
    args: [],
    env: {
      SEALPOST_LISTEN: "127.0.0.1:0, 127.0.0.1:0=2023a",
      SEALPOST_DATABASE: database,
      SEALPOST_LOG_FORMAT: "json",
    },
    listeners: 2,
  });
  const { code, stderr } = await server.stop();
  assert.equal(code, 0);
  assert.equal(JSON.parse(stderr).message, "Stopped");
  assert.deepEqual(clientRows(database), []);
});

Deno.test("The variable for the data folder counts, and its flag counts more", async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, "file");
  await Deno.writeTextFile(file, "");
  const env = { SEALPOST_DATA: file };
  assertComplains(await runProgram("server", ON_LOOPBACK, { env }), {
    code: 2,
    says: /^error: ".*file" is not a folder/,
  });
  await using server = await RunningServer.here(join(folder.path, "data"), { env });
  assert.equal((await server.stop()).code, 0);
});

Deno.test("Flags of the server count more than variables, even than wrong ones", async () => {
  await using data = await temporaryFolder();
  await using server = await RunningServer.here(data.path, {
    args: [...ON_LOOPBACK, "--listen", "127.0.0.1:0", "--log-format", "pretty"],
    env: {
      SEALPOST_HOST: "192.0.2.1",
      SEALPOST_PORT: "none",
      SEALPOST_LISTEN: "127.0.0.1:0,127.0.0.1:0,127.0.0.1:0",
      SEALPOST_LOG_FORMAT: "json",
    },
    listeners: 2,
  });
  const { stdout, stderr } = await server.stop();
  assert.equal(stdout.match(/listening on 127\.0\.0\.1:/g)?.length, 2);
  assert.match(stderr, /^\S+ +info +Stopped\n$/);
});

for (
  const [variable, value] of [
    ["SEALPOST_PORT", "65536"],
    ["SEALPOST_REVISION", "2022a"],
    ["SEALPOST_MAX_FILE_SIZE", "large"],
    ["SEALPOST_LISTEN", "nowhere"],
  ] as const
) {
  Deno.test(`A server names the variable ${variable} when it cannot use its value`, async () => {
    await using folder = await temporaryFolder();
    const data = ["--data", join(folder.path, "data")];
    const ended = await runProgram("server", data, { env: { [variable]: value } });
    assertComplains(ended, { code: 2, says: new RegExp(`^error: .*${variable}.*"${value}"`) });
  });
}

Deno.test("Variables set what flags of the client set, and flags count more", async () => {
  await using data = await temporaryFolder();
  await using home = await temporaryFolder();
  await using server = await RunningServer.here(data.path);
  const { path, name } = await makeFile(home.path, { name: "file.bin", size: 100 });
  const env = {
    SEALPOST_DIR: home.path,
    SEALPOST_SERVER: server.address,
    SEALPOST_NAME: "Variable",
    SEALPOST_REVISION: "2024c",
    SEALPOST_JSON: "yes",
  };
  const first = await runClient([path], { env });
  assert.equal(first.code, 0, first.stderr);
  const { status, name: sentAs, revision } = JSON.parse(first.stdout);
  assert.deepEqual({ status, sentAs, revision }, {
    status: "sent",
    sentAs: name,
    revision: "2024c",
  });

  // Nothing listens on port 1 (tcpmux) of any machine in our time.
  const wrong = { ...env, SEALPOST_SERVER: "127.0.0.1:1", SEALPOST_RETRIES: "many" };
  const second = await runClient(
    [path, "--server", server.address, "--retries", "0", "--revision", "auto"],
    { env: wrong },
  );
  assert.equal(second.code, 0, second.stderr);
  assert.equal(JSON.parse(second.stdout).revision, "2024c");
  await server.stop();
  assert.deepEqual(clientRows(databaseIn(data.path)).map((row) => row.name), ["Variable"]);
});

Deno.test("A client names the variable whose value it cannot use", async () => {
  const ended = await runClient(["file"], { env: { SEALPOST_RETRIES: "many" } });
  assertComplains(ended, { code: 2, says: /^error: .*SEALPOST_RETRIES.*"many"/ });
});
