/** A first run of an installed client on a terminal, and runs in other folders after it. */

import assert from "node:assert/strict";
import { temporaryFolder } from "../../peers/temporary_folder.ts";
import {
  CAN_RUN_INSTALLED,
  installedForUser,
  namesIn,
} from "../../end_to_end/fixtures/installed_user.ts";
import { RunningServer } from "../../end_to_end/fixtures/running_server.ts";
import { HAS_TERMINAL, OnTerminal } from "../../terminal/on_terminal.ts";

Deno.test({
  name: "After the questions of a first run an installed client sends from any folder",
  ignore: !CAN_RUN_INSTALLED || !HAS_TERMINAL,
  async fn() {
    await using user = await installedForUser();
    await using data = await temporaryFolder();
    await using server = await RunningServer.here(data.path);
    const { run, one, two, kept, program, env } = user;
    const client = new OnTerminal(program, { cwd: one, env });
    await client.answer("Server (host:port)?", server.address);
    await client.answer("no server proves that? [yes/no]", "yes");
    await client.answer("Your name on that server?", "Bo Peep");
    await client.answer("Which file shall be sent?", "note.txt");
    await client.answer("[Y/n]", "y");
    assert.equal(await client.ended(), 0, client.shown);
    assert(client.shown.includes(`two files are kept in "${kept}"`), client.shown);
    assert.deepEqual(await namesIn(one), ["note.txt", "transfer.info"]);
    for (const args of [[], ["note.txt"]]) {
      const { code, stderr } = await run(args.length === 0 ? one : two, ...args);
      assert.equal(code, 0, stderr);
    }
  },
});
