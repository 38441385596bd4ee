/**
 * How the server is stopped by a signal to its whole process group, as process 1, and behind what
 * keeps it running when the terminal goes away. Each time an upload is half done.
 */

import assert from "node:assert/strict";
import { ConnectedClient } from "../../peers/connected_client.ts";
import { runTool } from "../../end_to_end/fixtures/tool.ts";
import {
  assertOrderly,
  halfSentOnTerminal,
  STOPPED,
} from "../../terminal/half_sent_on_terminal.ts";

/** A command for `sh`, which takes words in quotes as they are. */
const shellCommand = (words: readonly string[]) =>
  words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");

halfSentOnTerminal("SIGTERM to its process group lets a transfer finish", {}, async (given) => {
  await given.terminal.signal("TERM", "group");
  await assertOrderly(given);
});

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
    using newcomer = await ConnectedClient.introduced(address, "Newcomer");
    await runTool("sh", ["-c", `kill -TERM ${pid}`]);
    await newcomer.ended();
    await half.finish();
    await runTool("sh", ["-c", `tail --pid=${pid} -s 0.1 -f /dev/null`]);
    assert.match(await Deno.readTextFile(`${data}.log`), STOPPED);
    await half.assertStored();
  });
}
