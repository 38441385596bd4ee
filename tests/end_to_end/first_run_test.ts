/** The first run of the real client on a terminal. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { temporaryFolder } from "../peers/temporary_folder.ts";
import { runClient } from "./fixtures/in_process.ts";
import { installedClient } from "./fixtures/installed_client.ts";
import { RunningServer } from "./fixtures/running_server.ts";
import { HAS_TERMINAL, OnTerminal } from "../terminal/on_terminal.ts";

Deno.test({
  name: "On a first run the client asks, writes transfer.info if it may, and sends" +
    (HAS_TERMINAL ? "" : " (ignored: no script of util-linux)"),
  ignore: !HAS_TERMINAL,
  async fn() {
    await using data = await temporaryFolder();
    await using home = await temporaryFolder();
    await using programs = await temporaryFolder();
    await installedClient(programs.path);
    const program = join(programs.path, "sealpost");
    await Deno.writeTextFile(join(home.path, "note.txt"), "hello");
    await using server = await RunningServer.here(data.path);

    const first = new OnTerminal(program, { cwd: home.path });
    await first.answer("Server (host:port)?", "nowhere");
    await first.answer("Server (host:port)?", server.address);
    await first.answer("no server proves that? [yes/no]", "");
    await first.answer("no server proves that? [yes/no]", "yes");
    await first.answer("Your name on that server?", "Bo Peep");
    await first.answer("Which file shall be sent?", "note.txt");
    await first.answer("[Y/n]", "perhaps");
    await first.answer("[Y/n]", "yes");
    assert.equal(await first.ended(), 0, first.shown);
    assert.match(first.shown, /two files are kept in the current folder, readable by you alone/);
    assert.match(first.shown, /"perhaps" is no answer; type yes or no/);
    assert.match(first.shown, /"nowhere" is not an address/);
    assert.match(first.shown, /"note\.txt" sent to .* verified/);
    const info = await Deno.readTextFile(join(home.path, "transfer.info"));
    assert.equal(info, `${server.address}\nBo Peep\nnote.txt\n`);

    const second = new OnTerminal(program, { cwd: home.path });
    assert.equal(await second.ended(), 0, second.shown);
    assert(!second.shown.includes("?"), second.shown);
    assert.match(second.shown, /verified/);
  },
});

for (const [keys, key] of [["Ctrl-C", "\x03"], ["Ctrl-D", "\x04"]] as const) {
  Deno.test({
    name: `${keys} at a question ends the client with 130, and nothing is written` +
      (HAS_TERMINAL ? "" : " (ignored: no script of util-linux)"),
    ignore: !HAS_TERMINAL,
    async fn() {
      await using home = await temporaryFolder();
      await using programs = await temporaryFolder();
      await installedClient(programs.path);
      const asked = new OnTerminal(join(programs.path, "sealpost"), { cwd: home.path });
      await asked.shows("Server (host:port)?");
      await asked.type(key);
      assert.equal(await asked.ended(), 130, asked.shown);
      assert.match(asked.shown, /Nothing was sent, as you wished/);
      assert.deepEqual(Array.from(Deno.readDirSync(home.path)), []);
    },
  });
}

for (const answer of ["y", "Y", "yes", "", "n", "no"]) {
  const consents = !answer.startsWith("n");
  const does = consents ? "lets the client write" : "keeps the client from writing";
  Deno.test(`The answer "${answer}" ${does} transfer.info`, async () => {
    await using home = await temporaryFolder();
    const note = join(home.path, "note.txt");
    await Deno.writeTextFile(note, "hello");
    // No server listens there: what is asked for is written before.
    const args = ["--dir", home.path, "--name", "Bo", "--retries", "0", note];
    const ended = await runClient(args, { terminal: ["127.0.0.1:1", answer] });
    assert.equal(ended.code, 3, ended.stderr);
    const info = await Deno.readTextFile(join(home.path, "transfer.info")).catch(() => "none");
    assert.equal(info, consents ? `127.0.0.1:1\nBo\n${note}\n` : "none");
  });
}
