/** How a server stops that npx runs, as those who have no Deno start it. */

import assert from "node:assert/strict";
import { runTool } from "../end_to_end/fixtures/tool.ts";
import { halfSentOnTerminal, STOPPED, type Words } from "../terminal/half_sent_on_terminal.ts";

const npx = Deno.build.os !== "windows" &&
  (await runTool("sh", ["-c", "command -v npx"])).code === 0;

const throughNpx = {
  command: ([_deno, ...words]: Words): Words => ["npx", "--yes", "deno@2.9.6", ...words],
  ignore: npx ? "" : " (ignored: no npx)",
};

for (const [how, keys] of [["Ctrl-C", "\x03"], ["SIGTERM to the group", undefined]] as const) {
  halfSentOnTerminal(`${how} on npx lets a transfer finish`, throughNpx, async (given) => {
    const { terminal, half } = given;
    if (keys === undefined) await terminal.signal("TERM", "group");
    else await terminal.type(keys);
    await terminal.shows(/Stopping: 1 connections are open/);
    await half.finish();
    // Its exit status is npm's own.
    assert.match((await terminal.ended()).screen, STOPPED);
    await half.assertStored();
  });
}
