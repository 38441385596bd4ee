/** The first run of the real client in front of a user: on a terminal, though nobody sees it. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { temporaryFolder } from "../../server/storage/testing/temporary_folder.ts";
import { installedClient } from "./fixtures/installed_client.ts";
import { RunningServer } from "./fixtures/running_server.ts";
import { isInstalled, runTool } from "./fixtures/tool.ts";

// Of the programs called "script" this is about the one of util-linux.
const able = Deno.build.os === "linux" && await isInstalled("sh") &&
  (await runTool("sh", ["-c", "script --version"])).stdout.includes("util-linux");

/** A program on a terminal, which is told what to answer. */
class OnTerminal {
  readonly #child: Deno.ChildProcess;
  readonly #output: ReadableStreamDefaultReader<string>;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  #shown = "";
  #read = 0;

  constructor(command: string, cwd: string) {
    this.#child = new Deno.Command("sh", {
      args: ["-c", 'exec script --quiet --return --flush --command "$0" /dev/null', command],
      cwd,
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    this.#output = this.#child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    this.#input = this.#child.stdin.getWriter();
  }

  /** All that it has shown. */
  get shown(): string {
    return this.#shown;
  }

  /** Waits for a question behind those before, and gives the answer to it. */
  async answer(question: string, answer: string): Promise<void> {
    for (;;) {
      const at = this.#shown.indexOf(question, this.#read);
      if (at >= 0) {
        this.#read = at + question.length;
        break;
      }
      const { value, done } = await this.#output.read();
      assert(!done, `It ended before it asked "${question}":\n${this.#shown}`);
      this.#shown += value;
    }
    await this.#input.write(new TextEncoder().encode(`${answer}\r`));
  }

  /** Reads to its end; its exit code. */
  async ended(): Promise<number> {
    for (;;) {
      const { value, done } = await this.#output.read();
      if (done) break;
      this.#shown += value;
    }
    const { code } = await this.#child.status;
    await this.#input.close().catch(() => {});
    return code;
  }
}

Deno.test({
  name: "On a first run the client asks, writes transfer.info if it may, and sends" +
    (able ? "" : " (ignored: no script of util-linux)"),
  ignore: !able,
  async fn() {
    await using data = await temporaryFolder();
    await using home = await temporaryFolder();
    await using programs = await temporaryFolder();
    await installedClient(programs.path);
    const program = join(programs.path, "sealpost");
    await Deno.writeTextFile(join(home.path, "note.txt"), "hello");
    await using server = await RunningServer.start(data.path);

    const first = new OnTerminal(program, home.path);
    await first.answer("Server (host:port)?", "nowhere");
    await first.answer("Server (host:port)?", server.address);
    await first.answer("Your name on that server?", "Bo Peep");
    await first.answer("Which file shall be sent?", "note.txt");
    // What stands there already is taken.
    await first.answer("(yes/no)", "");
    assert.equal(await first.ended(), 0, first.shown);
    assert.match(first.shown, /two files are kept in the current folder, readable by you alone/);
    assert.match(first.shown, /"nowhere" is not an address/);
    assert.match(first.shown, /"note\.txt" sent to .* verified/);
    const info = await Deno.readTextFile(join(home.path, "transfer.info"));
    assert.equal(info, `${server.address}\nBo Peep\nnote.txt\n`);

    const second = new OnTerminal(program, home.path);
    assert.equal(await second.ended(), 0, second.shown);
    assert(!second.shown.includes("?"), second.shown);
    assert.match(second.shown, /verified/);
  },
});
