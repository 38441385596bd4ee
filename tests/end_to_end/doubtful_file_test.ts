/** A folder of another user, whose transfer.info names a file of the user's own. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { temporaryFolder } from "../peers/temporary_folder.ts";
import { HAS_TERMINAL, OnTerminal } from "../terminal/on_terminal.ts";
import { storedFiles } from "./fixtures/data_folder.ts";
import { runClient } from "./fixtures/in_process.ts";
import { installedClient } from "./fixtures/installed_client.ts";
import { RunningServer } from "./fixtures/running_server.ts";

/** A folder `exercise/` that names the private key in `.ssh/` beside it. */
async function trap(folder: string, server: string): Promise<string> {
  const exercise = join(folder, "exercise");
  await Deno.mkdir(exercise);
  await Deno.mkdir(join(folder, ".ssh"));
  await Deno.writeTextFile(join(folder, ".ssh", "id_rsa"), "a private key\n");
  await Deno.writeTextFile(join(exercise, "transfer.info"), `${server}\nBo\n../.ssh/id_rsa\n`);
  return exercise;
}

Deno.test("A private key in transfer.info is not sent without a terminal", async () => {
  await using data = await temporaryFolder();
  await using home = await temporaryFolder();
  await using server = await RunningServer.here(data.path);
  const exercise = await trap(home.path, server.address);
  const refused = await runClient(["--dir", exercise]);
  assert.equal(refused.code, 2);
  assert.match(
    refused.stderr,
    new RegExp(
      '^error: ".*transfer\\.info" names ".*/\\.ssh/id_rsa", outside of its folder and in a ' +
        "hidden place; name it yourself if it is to be sent: " +
        'deno task client ".*id_rsa"\\n$',
    ),
  );
  assert.deepEqual(await storedFiles(data.path), []);
  const json = await runClient(["--dir", exercise, "--json"]);
  assert.equal(JSON.parse(json.stdout).reason, "bad-configuration");

  const named = await runClient(["--dir", exercise, join(home.path, ".ssh", "id_rsa")]);
  assert.equal(named.code, 0, named.stderr);
  assert.equal((await storedFiles(data.path)).length, 1);
});

Deno.test({
  name: "On a terminal a private key that transfer.info names is shown and asked for once" +
    (HAS_TERMINAL ? "" : " (ignored: no script of util-linux)"),
  ignore: !HAS_TERMINAL,
  async fn() {
    await using data = await temporaryFolder();
    await using home = await temporaryFolder();
    await using programs = await temporaryFolder();
    await installedClient(programs.path);
    const program = join(programs.path, "sealpost");
    await using server = await RunningServer.here(data.path);
    const exercise = await trap(home.path, server.address);
    const question = `Send it to ${server.address}? [y/N]`;

    const refusing = new OnTerminal(program, { cwd: exercise });
    await refusing.shows(".ssh/id_rsa");
    await refusing.answer(question, "");
    assert.equal(await refusing.ended(), 2, refusing.shown);
    assert.deepEqual(await storedFiles(data.path), []);

    const allowing = new OnTerminal(program, { cwd: exercise });
    await allowing.answer(question, "y");
    assert.equal(await allowing.ended(), 0, allowing.shown);
    assert.match(allowing.shown, /"id_rsa" sent to .* verified/);
    assert.equal(allowing.shown.split(question).length, 2, allowing.shown);
    assert.equal((await storedFiles(data.path)).length, 1);
  },
});
