/**
 * How the server is stopped where it is used: as `deno task server` on a terminal, by the process
 * that gets the signal first, and when the terminal goes away. Each time an upload is half done.
 * More of that is in tests/long/stopping/.
 */

import assert from "node:assert/strict";
import { assertOrderly, halfSentOnTerminal } from "../terminal/half_sent_on_terminal.ts";
import { ConnectedClient } from "../peers/connected_client.ts";

halfSentOnTerminal(
  "Ctrl-C on the task lets a transfer finish, though it comes twice",
  {},
  async (given) => {
    const { terminal } = given;
    await terminal.type("\x03");
    await terminal.shows(/Stopping: 1 connections are open/);
    // The terminal and the task runner are so quick that the server may have heard only one of
    // them.
    await terminal.type("\x03");
    await assertOrderly(given);
  },
);

halfSentOnTerminal(
  "Ctrl-C once more after a second ends the server at once",
  {},
  async ({ terminal }) => {
    await terminal.type("\x03");
    await terminal.shows(/Stopping: 1 connections are open/);
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    await terminal.type("\x03");
    assert.equal((await terminal.ended()).code, 130);
  },
);

halfSentOnTerminal("SIGTERM to the task runner lets a transfer finish", {}, async (given) => {
  await given.terminal.signal("TERM", "command");
  await assertOrderly(given);
});

halfSentOnTerminal(
  "A window that is closed lets a transfer finish",
  {},
  async ({ terminal, half, ...at }) => {
    using idle = await ConnectedClient.connect(at.address);
    await terminal.hangUp();
    // A stop closes what has no transfer.
    await idle.ended();
    await half.finish();
    assert.equal((await terminal.ended()).code, 0);
    await half.assertStored();
  },
);
