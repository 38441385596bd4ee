import assert from "node:assert/strict";
import { ConnectedClient } from "../../peers/connected_client.ts";
import { assertOrderly, halfSentOnTerminal } from "../../terminal/half_sent_on_terminal.ts";

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
