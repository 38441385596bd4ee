import assert from "node:assert/strict";
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
