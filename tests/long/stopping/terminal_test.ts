/**
 * How the server is stopped where it is used: as `deno task server` on a terminal, while an upload
 * is half done. What the server does at each signal is in tests/end_to_end/signals_test.ts.
 */

import assert from "node:assert/strict";
import { assertOrderly, halfSentOnTerminal } from "../../terminal/half_sent_on_terminal.ts";

halfSentOnTerminal(
  "Ctrl-C on the task lets a transfer finish, though it comes twice",
  // On a busy machine the second one may come more than a second later, and end the server.
  { tries: 4 },
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
