/**
 * How the server is stopped where it is used: as `deno task server` on a terminal, by whoever gets the
 * signal first, when the terminal goes away, and as process 1. Each time an upload is half done.
 */

import assert from "node:assert/strict";
import { assertOrderly, halfSentOnTerminal, STOPPED } from "../terminal/half_sent_on_terminal.ts";
import { RawClient } from "./fixtures/raw_client.ts";
import { runTool } from "./fixtures/tool.ts";

/** A command for `sh`, which takes words in quotes as they are. */
const shellCommand = (words: readonly string[]) =>
  words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");

halfSentOnTerminal(
  "Ctrl-C on the task lets a transfer finish, though it comes twice",
  {},
  async (given) => {
    const { terminal } = given;
    await terminal.type("\x03");
    await terminal.shows(/Stopping: 1 connections are open/);
    // The terminal and the task runner are so quick that the server may have heard only one of them.
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

for (const whom of ["command", "group"] as const) {
  const who = whom === "command" ? "the task runner" : "its process group";
  halfSentOnTerminal(`SIGTERM to ${who} lets a transfer finish`, {}, async (given) => {
    await given.terminal.signal("TERM", whom);
    await assertOrderly(given);
  });
}

halfSentOnTerminal(
  "A window that is closed lets a transfer finish",
  {},
  async ({ terminal, half, ...at }) => {
    using idle = await RawClient.connect(at.address);
    await terminal.hangUp();
    // A stop closes what has no transfer.
    await idle.ended();
    await half.finish();
    assert.equal((await terminal.ended()).code, 0);
    await half.assertStored();
  },
);

const namespaces = Deno.build.os === "linux" &&
  (await runTool("sh", ["-c", "unshare --pid --fork true"])).code === 0;

for (const first of ["task runner", "server"]) {
  halfSentOnTerminal(`SIGTERM to the ${first} as process 1 lets a transfer finish`, {
    command([deno, ...words]) {
      const task = words.indexOf("server");
      const server = ["run", "--no-prompt", "-NRWE", "-S=statfs", "server/main.ts"];
      const args = first === "server" ? [...server, ...words.slice(task + 1)] : words;
      return ["unshare", "--pid", "--fork", "--kill-child", deno, ...args];
    },
    ignore: namespaces ? "" : " (ignored: no right to make a PID namespace)",
  }, async (given) => {
    // `unshare` itself ignores it.
    await given.terminal.signal("TERM", "group");
    await assertOrderly(given);
  });
}

for (const tool of ["nohup", "setsid"]) {
  halfSentOnTerminal(`Behind ${tool} the server outlives its terminal`, {
    // The shell shows the log, and is what the terminal belongs to.
    command: (words, data) => [
      "sh",
      "-c",
      `${tool} sh -c 'echo pid $$; exec "$@"' sh ${shellCommand(words)} >${data}.log 2>&1 & ` +
      `tail -n +1 -F ${data}.log 2>/dev/null`,
    ],
  }, async ({ terminal, half, address, data }) => {
    const [, pid = ""] = await terminal.shows(/pid (\d+)/);
    await terminal.hangUp();
    await terminal.ended();
    using newcomer = await RawClient.introduced(address, "Newcomer");
    await runTool("sh", ["-c", `kill -TERM ${pid}`]);
    await newcomer.ended();
    await half.finish();
    await runTool("sh", ["-c", `tail --pid=${pid} -s 0.1 -f /dev/null`]);
    assert.match(await Deno.readTextFile(`${data}.log`), STOPPED);
    await half.assertStored();
  });
}
