/** What users see on a terminal, started as they start it. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { temporaryFolder } from "../../server/storage/testing/temporary_folder.ts";
import { NO_TERMINAL, Terminal } from "../terminal/terminal.ts";
import { makeFile } from "./fixtures/client_folder.ts";
import { ROOT } from "./fixtures/program.ts";
import { RunningServer } from "./fixtures/running_server.ts";

type Env = Readonly<Record<string, string>>;

function onTerminal(name: string, fn: () => Promise<void>): void {
  Deno.test({ name: `${name}${NO_TERMINAL}`, ignore: NO_TERMINAL !== "", fn });
}

/** What a task shows on a terminal of 80 columns. */
async function shownBy(args: readonly string[], env: Env = {}): Promise<string> {
  const clean = { NO_COLOR: "", SEALPOST_DATA: "", INIT_CWD: ROOT, ...env };
  const command = [Deno.execPath(), "task", ...args] as const;
  // A question that nobody answers would have the test wait for long.
  const lifeLimit = 30_000;
  await using terminal = await Terminal.start(command, { cwd: ROOT, env: clean, lifeLimit });
  // The task runner first clears a line of its own, over and over.
  return (await terminal.ended()).screen.replaceAll("\x1b[0G\x1b[2K\x1b[J", "");
}

const RED_ERROR = "\x1b[1;31merror:\x1b[0m ";

onTerminal("Both programs show errors in red on a terminal, after two lines at most", async () => {
  await using home = await temporaryFolder();
  const none = join(home.path, "none");
  const file = join(home.path, "file");
  await Deno.writeTextFile(file, "");
  for (
    const [args, says] of [
      [["client", "--frobnicate"], "Unexpected option"],
      [["client", "--dir", none], "There is no folder"],
      [["client", "--from", "/"], "Unexpected option"],
      [["server", "--frobnicate"], "Unexpected option"],
      [["server", "--data", file, "--port", "0"], `"${file}" is not a folder`],
    ] as const
  ) {
    const screen = await shownBy(args);
    assert(screen.includes(`${RED_ERROR}${says}`), JSON.stringify(screen));
    // What deno task shows of its command comes first, with what was typed behind it.
    const [first = ""] = screen.split("\r\n");
    // deno-lint-ignore no-control-regex -- colours take no columns
    const plain = first.replaceAll(/\x1b\[[0-9;]*m/g, "");
    assert.match(plain, /^Task (client|server) deno run /);
    const typed = args.slice(1).join(" ").length;
    assert(plain.length - typed <= 2 * 80, `${plain.length - typed} columns`);
  }
});

onTerminal("Colours are left out where NO_COLOR or a dumb terminal wants it", async () => {
  for (const [name, value] of [["NO_COLOR", "1"], ["TERM", "dumb"]] as const) {
    for (const program of ["client", "server"]) {
      const screen = await shownBy(["--quiet", program, "--frobnicate"], { [name]: value });
      assert.match(screen, /^error: Unexpected option/);
      assert(!screen.includes("\x1b"), screen);
    }
  }
});

onTerminal(
  "A mistyped command or file in a fresh folder is an error, and no question is asked",
  async () => {
    await using home = await temporaryFolder();
    for (
      const [typed, says] of [
        [
          ["sned", "x"],
          /^error: There is neither a command nor a file "sned"; perhaps you mean "send"\r\n$/,
        ],
        [["reprot.pdf"], /^error: There is no file "reprot\.pdf"; [^\r]*\r\n$/],
        [
          ["reprot.pdf", "--server", "127.0.0.1:1"],
          /^error: There is no file "reprot\.pdf"; [^\r]*\r\n$/,
        ],
        [["help", "sned"], /^error: There is no command "sned"; perhaps you mean "send"\r\n$/],
      ] as const
    ) {
      const env = { NO_COLOR: "1", SEALPOST_DIR: home.path };
      const screen = await shownBy(["--quiet", "client", ...typed], env);
      assert.match(screen, says);
    }
    assert.deepEqual(Array.from(Deno.readDirSync(home.path)), []);
  },
);

onTerminal("A dumb terminal gets no bar and no colours, any other one does", async () => {
  await using data = await temporaryFolder();
  await using home = await temporaryFolder();
  await using server = await RunningServer.start(data.path);
  const { path } = await makeFile(home.path, { name: "large.bin", size: 100_000_000 });
  const flags = ["--dir", home.path, "--server", server.address, "--name", "Ada", path];
  const dumb = await shownBy(["--quiet", "client", ...flags], { TERM: "dumb" });
  assert.match(dumb, /"large\.bin" sent to .*MiB\/s\), checksum \d+ verified\r\n$/);
  assert(!dumb.includes("\x1b") && !dumb.includes("[#"), dumb);
  const other = await shownBy(["--quiet", "client", ...flags]);
  assert.match(other, /^large\.bin +\[[#-]{24}\]/);
  assert(other.includes("\r\x1b[2K"), other);
});

onTerminal(
  "No line on a terminal gives the same advice twice, nor any where it is followed already",
  async () => {
    await using home = await temporaryFolder();
    const { path } = await makeFile(home.path, { name: "a.txt", size: 6 });
    // Nothing listens on port 1 (tcpmux) of any machine in our time.
    const args = ["--server", "127.0.0.1:1", "--name", "Ada", "--dir", home.path, "--retries", "1"];
    const screen = await shownBy(["--quiet", "client", path, ...args], { NO_COLOR: "1" });
    const lines = screen.trimEnd().split("\r\n");
    assert.match(lines.at(-1) ?? "", /^Fatal: Nobody listens on 127\.0\.0\.1:1; check the address/);
    for (const line of lines) assert.equal(line.split("; ").length, 2, line);
  },
);
