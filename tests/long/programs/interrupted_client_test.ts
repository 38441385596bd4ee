import assert from "node:assert/strict";
import { join } from "node:path";
import { IdentityLock } from "../../../client/identity/identity_lock.ts";
import { SYSTEM_CLOCK } from "../../../client/system_clock.ts";
import { temporaryFolder } from "../../peers/temporary_folder.ts";
import { ROOT } from "../../end_to_end/fixtures/program.ts";
import { interrupted } from "../../terminal/interrupted_client.ts";
import { NO_TERMINAL, Terminal } from "../../terminal/terminal.ts";

Deno.test({
  name: `Ctrl-C takes the client's bar away, and a line says what was sent${NO_TERMINAL}`,
  ignore: NO_TERMINAL !== "",
  async fn() {
    const names = ["first.txt", "second.bin", "third.bin"];
    const { code, screen } = await interrupted({ names }, /"first\.txt" sent to[^]*%/);
    assert.equal(code, 130);
    assert(
      screen.endsWith(
        "\r\x1b[2KInterrupted: 1 of 3 files sent and verified; " +
          'not: "second.bin", "third.bin"\r\n',
      ),
      JSON.stringify(screen),
    );
  },
});

Deno.test({
  name:
    `Ctrl-C with --json leaves a line of each file that was sent, and one for people${NO_TERMINAL}`,
  ignore: NO_TERMINAL !== "",
  async fn() {
    const names = ["first.txt", "second.bin"];
    // The line is there while the second file is on its way.
    const { code, screen } = await interrupted({ names, flags: ["--json"] }, /\}\r\n/);
    assert.equal(code, 130);
    const [, sent = ""] = /^.*?(\{.*\})\r$/m.exec(screen) ?? [];
    const { status, name } = JSON.parse(sent);
    assert.deepEqual({ status, name }, { status: "sent", name: "first.txt" });
    assert.match(screen, /Interrupted: 1 of 2 files sent and verified; not: "second.bin"\r\n$/);
  },
});

Deno.test({
  name: `Ctrl-C while the client waits for another one gets its line as well${NO_TERMINAL}`,
  ignore: NO_TERMINAL !== "",
  async fn() {
    await using folder = await temporaryFolder();
    await using _lock = await IdentityLock.acquire(folder.path, {
      lockTime: 1,
      clock: SYSTEM_CLOCK,
    });
    const file = join(folder.path, "a.txt");
    await Deno.writeTextFile(file, "content");
    const args = ["--dir", folder.path, "--server", "127.0.0.1:1", "--name", "Hurried", file];
    await using terminal = await Terminal.start(
      [Deno.execPath(), "task", "--quiet", "client", ...args],
      { cwd: ROOT, env: { NO_COLOR: "1" }, columns: 300 },
    );
    await terminal.shows(/waiting for it/);
    await terminal.type("\x03");
    const { code, screen } = await terminal.ended();
    assert.equal(code, 130);
    assert(screen.endsWith(`Interrupted before "${file}" was sent and verified\r\n`), screen);
  },
});
