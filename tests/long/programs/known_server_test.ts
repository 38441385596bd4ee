/** Which protocol is spoken to a server whose key is known: on a terminal. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { temporaryFolder } from "../../peers/temporary_folder.ts";
import { runClient } from "../../end_to_end/fixtures/in_process.ts";
import { onLoopbackAgain, RunningServer } from "../../end_to_end/fixtures/running_server.ts";
import { installedStage } from "../../terminal/installed_stage.ts";
import { HAS_TERMINAL } from "../../terminal/on_terminal.ts";

const NOTE = HAS_TERMINAL ? "" : " (ignored: no script of util-linux)";

Deno.test({
  name: `A server whose key is known is never sent to over protocol 3 by itself${NOTE}`,
  ignore: !HAS_TERMINAL,
  async fn() {
    await using resources = new AsyncDisposableStack();
    const { data, config, home, start } = await installedStage(resources);
    const again = await onLoopbackAgain();
    const server = await RunningServer.here(data, { args: again });
    const address = await server.printed(/^sealpost:/);
    await Deno.mkdir(config, { recursive: true });
    const login = await runClient(["login", address, "--name", "maya", "--dir", config]);
    assert.equal(login.code, 0, login.stderr);
    const { address: known } = server;
    await server.stop();
    // The same address, by a server that has no protocol 4 any more, or pretends to have none.
    const other = resources.use(await temporaryFolder());
    const args = [...again, "--protocols", "3"];
    await using _three = await RunningServer.here(other.path, { args });
    for (const words of ["", `--server ${known} --name Bo`]) {
      const sent = start(`send note.txt ${words}`);
      const code = await sent.ended();
      assert(code !== 0 && !sent.shown.includes("?"), sent.shown);
      assert.match(sent.shown, /does not speak protocol 4|another key/);
    }
    await Deno.writeTextFile(join(home, "transfer.info"), `${known}\nBo\nnote.txt\n`);
    const planned = start("send");
    assert.notEqual(await planned.ended(), 0, planned.shown);
    assert(!planned.shown.includes("verified"), planned.shown);
  },
});
