/** A process of a measurement, which has to run until it is ended. */

import { Lines } from "../end_to_end/fixtures/lines.ts";

const ROOT = new URL("../../", import.meta.url);

const RIGHTS = [
  ...["--no-prompt", "--allow-net", "--allow-read", "--allow-write", "--allow-sys=statfs"],
  "--allow-env",
];

/** Bytes of what a process says that are kept. */
const SAID = 4_000;

/** A program of the project on one processor core. */
export class MeasuredProcess implements AsyncDisposable {
  /** Rejects when the process ends by itself, with what it said at last. */
  readonly ended: Promise<never>;
  readonly #name: string;
  readonly #child: Deno.ChildProcess;
  readonly #lines: Lines;
  #said = "";
  #over = false;

  /** Starts `deno run PROGRAM...` on a core. */
  constructor(name: string, { core, program }: {
    readonly core: number;
    readonly program: readonly string[];
  }) {
    this.#name = name;
    const args = ["-c", `${core}`, Deno.execPath(), "run", ...RIGHTS, ...program];
    const child = new Deno.Command("taskset", {
      args,
      cwd: ROOT,
      stdout: "piped",
      stderr: "piped",
    });
    this.#child = child.spawn();
    this.#lines = new Lines(this.#child.stdout);
    const listened = this.#listen(this.#child.stderr);
    this.ended = Promise.all([this.#child.status, listened]).then(([{ code, signal }]) => {
      this.#over = true;
      const how = signal === null ? `with code ${code}` : `by ${signal}`;
      throw new Error(`${this.#name} ended by itself, ${how}:\n${this.#said}`);
    });
    this.ended.catch(() => {});
  }

  /** Resolves with a line that matches; rejects as `ended` does. */
  async line(pattern: RegExp): Promise<string> {
    const found = this.#lines.find(pattern);
    found.catch(() => {});
    // A stream ends before its process does.
    return await Promise.race([found.catch(() => this.ended), this.ended]);
  }

  /** Ends the process, if it runs. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      if (!this.#over) this.#child.kill("SIGKILL");
    } catch {
      // It has just ended by itself.
    }
    await this.#child.status;
    await this.ended.catch(() => {});
    await this.#lines.done;
  }

  async #listen(stderr: ReadableStream<Uint8Array>): Promise<void> {
    for await (const text of stderr.pipeThrough(new TextDecoderStream())) {
      this.#said = `${this.#said}${text}`.slice(-SAID);
    }
  }
}
