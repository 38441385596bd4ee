/**
 * What users see on a terminal: as they start the programs, and more of it in the tests' process.
 * More tasks are in tests/long/programs/.
 */

import assert from "node:assert/strict";
import { join } from "node:path";
import { temporaryFolder } from "../peers/temporary_folder.ts";
import { type Env, onTerminal, shownBy } from "../terminal/shown_task.ts";
import { makeFile } from "./fixtures/client_folder.ts";
import { type FunctionName, runProgram } from "./fixtures/in_process.ts";
import { RunningServer } from "./fixtures/running_server.ts";

/** What a program writes in the process of the tests to a terminal that asks it nothing. */
async function writtenBy(name: FunctionName, args: readonly string[], env: Env = {}) {
  const clean = { NO_COLOR: "", TERM: "xterm-256color", ...env };
  const { code, stdout, stderr } = await runProgram(name, args, { env: clean, terminal: [] });
  return { code, stdout, stderr, screen: `${stdout}${stderr}` };
}

const RED_ERROR = "\x1b[1;31merror:\x1b[0m ";

Deno.test("Errors are red on a terminal without NO_COLOR or TERM=dumb", async () => {
  await using home = await temporaryFolder();
  for (
    const [program, args, says] of [
      ["client", ["--frobnicate"], "There is no option"],
      ["client", ["--dir", join(home.path, "none")], "There is no folder"],
      ["server", ["--frobnicate"], "There is no option"],
    ] as const
  ) {
    const { stderr } = await writtenBy(program, args);
    assert(stderr.startsWith(`${RED_ERROR}${says}`), JSON.stringify(stderr));
    for (const env of [{ NO_COLOR: "1" }, { TERM: "dumb" }]) {
      const { screen } = await writtenBy(program, args, env);
      assert(screen.startsWith(`error: ${says}`), screen);
      assert(!screen.includes("\x1b"), screen);
    }
  }
});

const NO_FILE = /^error: There is no file "reprot\.pdf"; [^\r\n]*\r?\n$/;

Deno.test("A mistyped command or file is an error, and no question", async () => {
  await using home = await temporaryFolder();
  const env = { NO_COLOR: "1", SEALPOST_DIR: home.path };
  for (
    const [typed, says] of [
      [
        ["sned", "x"],
        /^error: There is neither a command nor a file "sned"; perhaps you mean "send"\n$/,
      ],
      [["reprot.pdf"], NO_FILE],
      [["reprot.pdf", "--server", "127.0.0.1:1"], NO_FILE],
      [["help", "sned"], /^error: There is no command "sned"; perhaps you mean "send"\n$/],
    ] as const
  ) {
    assert.match((await writtenBy("client", typed, env)).screen, says);
  }
  assert.deepEqual(Array.from(Deno.readDirSync(home.path)), []);
});

Deno.test("A dumb terminal gets no bar and no colours, any other one does", async () => {
  await using data = await temporaryFolder();
  await using home = await temporaryFolder();
  await using server = await RunningServer.here(data.path);
  const { path } = await makeFile(home.path, { name: "large.bin", size: 2_000_000 });
  const flags = ["--dir", home.path, "--server", server.address, "--name", "Ada", path];
  const dumb = await writtenBy("client", flags, { TERM: "dumb" });
  assert.match(dumb.stdout, /^"large\.bin" sent to .*: 1\.9 MiB in .*, checksum \d+ verified\n$/);
  assert(!dumb.screen.includes("\x1b") && !dumb.screen.includes("[#"), dumb.screen);
  const other = await writtenBy("client", flags);
  assert.match(other.stderr, /^large\.bin +\[[#-]{24}\]/);
  assert(other.stderr.includes("\r\x1b[2K"), other.stderr);
});

onTerminal(
  "A file that a task sends on a terminal has a bar, which is gone at the end",
  async () => {
    await using data = await temporaryFolder();
    await using home = await temporaryFolder();
    await using server = await RunningServer.here(data.path);
    const { path } = await makeFile(home.path, { name: "large.bin", size: 2_000_000 });
    const flags = ["--dir", home.path, "--server", server.address, "--name", "Ada", path];
    const screen = await shownBy(["--quiet", "client", ...flags]);
    assert.match(screen, /^large\.bin +\[[#-]{24}\]/);
    const [, last = ""] = screen.split('\r\x1b[2K"large.bin"');
    assert.match(last, /^ sent to [^\r]* verified\r\n$/);
  },
);

Deno.test(
  "No line on a terminal gives the same advice twice, nor any where it is followed already",
  async () => {
    await using home = await temporaryFolder();
    const { path } = await makeFile(home.path, { name: "a.txt", size: 6 });
    // Nothing listens on port 1 (tcpmux) of any machine in our time.
    const args = ["--server", "127.0.0.1:1", "--name", "Ada", "--dir", home.path, "--retries", "1"];
    const { screen } = await writtenBy("client", [path, ...args], { NO_COLOR: "1" });
    const lines = screen.trimEnd().split("\n");
    assert.match(
      lines.at(-1) ?? "",
      /^Fatal: No server listens on 127\.0\.0\.1:1; check the address/,
    );
    for (const line of lines) assert.equal(line.split("; ").length, 2, line);
  },
);
