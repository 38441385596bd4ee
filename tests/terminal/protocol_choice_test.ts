/** Which protocol is spoken to a server that is not known, and to one that is: on a terminal. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { temporaryFolder } from "../peers/temporary_folder.ts";
import { runClient } from "../end_to_end/fixtures/in_process.ts";
import { installedClient } from "../end_to_end/fixtures/installed_client.ts";
import { onLoopbackAgain, RunningServer } from "../end_to_end/fixtures/running_server.ts";
import { HAS_TERMINAL, OnTerminal } from "./on_terminal.ts";

const NOTE = HAS_TERMINAL ? "" : " (ignored: no script of util-linux)";

/** A server, and an installed client in a folder with a file. */
async function stage(resources: AsyncDisposableStack) {
  const [data, home, programs] = [
    resources.use(await temporaryFolder()),
    resources.use(await temporaryFolder()),
    resources.use(await temporaryFolder()),
  ];
  await installedClient(programs.path);
  await Deno.writeTextFile(join(home.path, "note.txt"), "hello");
  const program = join(programs.path, "sealpost");
  const config = join(home.path, "config");
  const env = { HOME: home.path, XDG_CONFIG_HOME: config, NO_COLOR: "1" };
  const start = (words: string) => new OnTerminal(`${program} ${words}`, { cwd: home.path, env });
  return { data: data.path, home: home.path, config: join(config, "sealpost"), start };
}

Deno.test({
  name: `A server that is not known is sent to over protocol 3 only with consent${NOTE}`,
  ignore: !HAS_TERMINAL,
  async fn() {
    await using resources = new AsyncDisposableStack();
    const { data, home, start } = await stage(resources);
    await using server = await RunningServer.here(data);
    const { address } = server;
    const refused = start(`send note.txt --server ${address}`);
    await refused.shows(`${address} is not known here. If it speaks protocol 4, log in first`);
    await refused.answer("no server proves that? [yes/no]", "no");
    assert.equal(await refused.ended(), 2, refused.shown);
    assert.match(refused.shown, /Nothing was sent, as you wished/);
    // Without a terminal nobody is asked.
    const path = join(home, "note.txt");
    const unasked = await runClient(["send", path, "--server", address, "--dir", home, "--json"]);
    assert.equal(unasked.code, 2);
    assert.equal(JSON.parse(unasked.stdout).reason, "not-logged-in");
    assert.match(unasked.stderr, /is not known here; log in first, .*login sealpost:\/\/127/);
    const consented = start(`send note.txt --server ${address}`);
    await consented.answer("no server proves that? [yes/no]", "yes");
    await consented.answer("Your name on that server?", "Bo");
    assert.equal(await consented.ended(), 0, consented.shown);
    assert.match(consented.shown, /"note\.txt" sent to .*checksum \d+ verified/);
    // From then on there is an identity of protocol 3 for it.
    const again = start(`send note.txt --server ${address}`);
    assert.equal(await again.ended(), 0, again.shown);
    assert(!again.shown.includes("?"), again.shown);
  },
});

Deno.test({
  name: `A server whose key is known is never sent to over protocol 3 by itself${NOTE}`,
  ignore: !HAS_TERMINAL,
  async fn() {
    await using resources = new AsyncDisposableStack();
    const { data, config, home, start } = await stage(resources);
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
