import assert from "node:assert/strict";
import { isInstalled, runTool } from "../end_to_end/fixtures/tool.ts";

/**
 * Whether programs can be run on a terminal here: of those called "script" it takes util-linux's.
 */
export const HAS_TERMINAL: boolean = Deno.build.os === "linux" && await isInstalled("sh") &&
  (await runTool("sh", ["-c", "script --version"])).stdout.includes("util-linux");

/** A program on a pseudo terminal, whose keys a test presses. */
export class OnTerminal {
  readonly #child: Deno.ChildProcess;
  readonly #output: ReadableStreamDefaultReader<string>;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  #shown = "";
  #read = 0;

  /**
   * Starts a command of the shell, in the folder `cwd`, with these variables beside the test's own.
   */
  constructor(
    command: string,
    { cwd, env = {} }: {
      readonly cwd: string;
      readonly env?: Readonly<Record<string, string>>;
    },
  ) {
    this.#child = new Deno.Command("sh", {
      args: ["-c", 'exec script --quiet --return --flush --command "$0" /dev/null', command],
      cwd,
      env,
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

  /** Waits until it shows something that it has not shown before the last wait. */
  async shows(text: string): Promise<void> {
    for (;;) {
      const at = this.#shown.indexOf(text, this.#read);
      if (at >= 0) {
        this.#read = at + text.length;
        return;
      }
      const { value, done } = await this.#output.read();
      assert(!done, `It ended before it showed "${text}":\n${this.#shown}`);
      this.#shown += value;
    }
  }

  /** Presses keys one by one, each when the one before is on the screen; "\r" is Enter. */
  async type(keys: string): Promise<void> {
    for (const key of keys) {
      await this.#input.write(new TextEncoder().encode(key));
      if (key >= " ") await this.shows(key);
    }
  }

  /** Waits for a question, and answers it key by key. */
  async answer(question: string, answer: string): Promise<void> {
    await this.shows(question);
    await this.type(`${answer}\r`);
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
