/** Which protocol is spoken to a server that is not known: on a terminal. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { runClient } from "../end_to_end/fixtures/in_process.ts";
import { RunningServer } from "../end_to_end/fixtures/running_server.ts";
import { installedStage } from "./installed_stage.ts";
import { HAS_TERMINAL } from "./on_terminal.ts";

const NOTE = HAS_TERMINAL ? "" : " (ignored: no script of util-linux)";

Deno.test({
  name: `A server that is not known is sent to over protocol 3 only with consent${NOTE}`,
  ignore: !HAS_TERMINAL,
  async fn() {
    await using resources = new AsyncDisposableStack();
    const { data, home, start } = await installedStage(resources);
    await using server = await RunningServer.here(data);
    const { address } = server;
    const refused = start(`send note.txt --server ${address}`);
    await refused.shows(`${address} is not known here. If it speaks protocol 4, log in first`);
    await refused.answer("no server proves that? [yes/no]", "no");
    assert.equal(await refused.ended(), 2, refused.shown);
    assert.match(refused.shown, /Nothing was sent, as you wished/);
    // Without a terminal no question is asked.
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
