/**
 * What paths are meant from where the user is in another folder than the program, as with a task.
 * More of it in tests/long/.
 */

import assert from "node:assert/strict";
import { join } from "node:path";
import { temporaryFolder } from "../peers/temporary_folder.ts";
import { RunningServer } from "./fixtures/running_server.ts";
import { names, project, task } from "./fixtures/user_elsewhere.ts";

Deno.test("The client resolves the file in the user's folder, not the project's", async () => {
  await using data = await temporaryFolder();
  await using folder = await temporaryFolder();
  await using server = await RunningServer.here(data.path);
  const { home, user } = await project(folder.path);
  await Deno.writeTextFile(join(user, "report.txt"), "where the user is");
  await Deno.writeTextFile(join(home, "report.txt"), "at home");
  await Deno.writeTextFile(join(home, "transfer.info"), `${server.address}\nAda\nreport.txt\n`);

  const typed = await task(["client", "report.txt", "--json"], { cwd: user });
  assert.equal(typed.code, 0, typed.stderr);
  const sent = JSON.parse(typed.stdout);
  assert.deepEqual([sent.file, sent.size], ["report.txt", "where the user is".length]);
  assert.deepEqual(names(user), ["report.txt"]);
  assert(names(home).includes("me.info"));

  // What transfer.info names is meant from the folder of transfer.info.
  const usual = await task(["client", "--json"], { cwd: user });
  assert.equal(JSON.parse(usual.stdout).size, "at home".length, usual.stderr);
});
