/** The pseudo terminal of the tests: that it is one, and tells truly what happened on it. */

import assert from "node:assert/strict";
import { NO_TERMINAL, Terminal } from "./terminal.ts";

function onTerminal(name: string, fn: () => Promise<void>): void {
  Deno.test({ name: `${name}${NO_TERMINAL}`, ignore: NO_TERMINAL !== "", fn });
}

onTerminal(
  "Terminal has its command see terminals with their size, and tells its status",
  async () => {
    const say = "test -t 0 && test -t 1 && test -t 2 && stty size; exit 7";
    await using terminal = await Terminal.start(["sh", "-c", say], { columns: 123 });
    assert.deepEqual(await terminal.ended(), { code: 7, screen: "24 123\r\n" });
  },
);

onTerminal("Terminal delivers Ctrl-C to the whole foreground group", async () => {
  const child = "trap 'echo child; exit' INT; echo ready; while :; do sleep 0.1; done";
  const parent = `trap 'echo parent' INT; sh -c "${child}"; echo over`;
  await using terminal = await Terminal.start(["sh", "-c", parent]);
  await terminal.shows(/ready/);
  await terminal.type("\x03");
  const { code, screen } = await terminal.ended();
  assert.equal(code, 0);
  assert.equal(screen, "ready\r\n^Cchild\r\nparent\r\nover\r\n");
});

onTerminal("Terminal types keys, and tells which signal ended its command", async () => {
  await using terminal = await Terminal.start(["sh", "-c", "read word; echo got $word; kill $$"]);
  await terminal.type("seal\r");
  const { code, screen } = await terminal.ended();
  assert.equal(code, 143);
  assert.match(screen, /got seal\r\n$/);
});

onTerminal("Terminal ends what runs on it with SIGHUP when it is closed", async () => {
  await using terminal = await Terminal.start(["sh", "-c", "echo ready; exec sleep 1000"]);
  await terminal.shows(/ready/);
  await terminal.hangUp();
  assert.equal((await terminal.ended()).code, 129);
});

onTerminal("Terminal ends a command that does not want to, and what it started", async () => {
  const stubborn = "trap '' TERM INT HUP; echo ready; while :; do sleep 0.1; done";
  const terminal = await Terminal.start(["sh", "-c", `(${stubborn}) & wait`]);
  await terminal.shows(/ready/);
  await terminal[Symbol.asyncDispose]();
  assert.equal((await terminal.ended()).code, 137);
});
