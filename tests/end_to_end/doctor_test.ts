/** The command `doctor` of the real client, with the permissions of its task. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { temporaryFolder } from "../peers/temporary_folder.ts";
import { makeFile, writeTransferInfo } from "./fixtures/client_folder.ts";
import { runClient } from "./fixtures/in_process.ts";
import { RunningServer } from "./fixtures/running_server.ts";

Deno.test("doctor finds no fault after a sent file, as text and JSON", async () => {
  await using data = await temporaryFolder();
  await using home = await temporaryFolder();
  await using server = await RunningServer.here(data.path);
  const { name } = await makeFile(home.path, { name: "file.bin", size: 10 });
  const port = server.address.split(":").at(-1);
  // By its name, so that the resolver of the system has work to do.
  await writeTransferInfo(home.path, `localhost:${port}`, "Patient", name);
  const sent = await runClient(["--dir", home.path]);
  assert.equal(sent.code, 0, sent.stderr);

  const text = await runClient(["doctor", "--dir", home.path]);
  assert.equal(text.code, 0, text.stdout + text.stderr);
  assert.equal(text.stderr, "");
  const lines = text.stdout.trimEnd().split("\n");
  assert.equal(lines.pop(), "All is well");
  assert.equal(lines.length, 13);
  const skipped = lines.filter((line) => line.startsWith("skip"));
  assert.deepEqual(skipped.length, 3, text.stdout);
  for (const line of skipped) assert.match(line, / No server of protocol 4 is known/);
  for (const line of lines) assert.match(line, /^(?:ok {2}|skip) {2}\S+ +\S/);

  const json = await runClient(["doctor", "--dir", home.path, "--json"]);
  const { ok, exitCode, checks } = JSON.parse(json.stdout);
  assert.deepEqual({ ok, exitCode, count: checks.length }, { ok: true, exitCode: 0, count: 13 });
});

Deno.test("doctor exits with the first failure's code; --quiet hides the rest", async () => {
  await using home = await temporaryFolder();
  await makeFile(home.path, { name: "file.bin", size: 10 });
  // Nothing listens on port 1 (tcpmux) of any machine in our time.
  await writeTransferInfo(home.path, "127.0.0.1:1", "Patient", "file.bin");
  const unreachable = await runClient(["doctor", "--dir", home.path, "--quiet"]);
  assert.equal(unreachable.code, 3);
  assert.match(
    unreachable.stdout,
    /^fail {2}port +No server listens on 127\.0\.0\.1:1\n +Check .*\n$/,
  );
  const nowhere = await runClient(["doctor", "--dir", join(home.path, "none"), "--json"]);
  assert.equal(nowhere.code, 2);
  assert.equal(JSON.parse(nowhere.stdout).exitCode, 2);
});
