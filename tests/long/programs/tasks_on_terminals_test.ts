import assert from "node:assert/strict";
import { join } from "node:path";
import { temporaryFolder } from "../../peers/temporary_folder.ts";
import { onTerminal, shownBy } from "../../terminal/shown_task.ts";

onTerminal("A dumb terminal of a task has no colours", async () => {
  const screen = await shownBy(["--quiet", "server", "--frobnicate"], { TERM: "dumb" });
  assert.match(screen, /^error: There is no option/);
  assert(!screen.includes("\x1b"), screen);
});

const NO_FILE = /^error: There is no file "reprot\.pdf"; [^\r\n]*\r?\n$/;

onTerminal("A mistyped file is an error of the task too, and no question is asked", async () => {
  await using home = await temporaryFolder();
  const env = { NO_COLOR: "1", SEALPOST_DIR: home.path };
  assert.match(await shownBy(["--quiet", "client", "reprot.pdf"], env), NO_FILE);
  assert.deepEqual(Array.from(Deno.readDirSync(home.path)), []);
});

const RED_ERROR = "\x1b[1;31merror:\x1b[0m ";

onTerminal(
  "Both programs show errors in red on a terminal, after three lines at most",
  async () => {
    await using home = await temporaryFolder();
    const file = join(home.path, "file");
    await Deno.writeTextFile(file, "");
    for (
      const [args, says] of [
        [["client", "--from", "/"], "There is no option"],
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
      assert(plain.length - typed <= 3 * 80, `${plain.length - typed} columns`);
    }
  },
);
