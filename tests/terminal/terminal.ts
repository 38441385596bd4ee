import { fileURLToPath } from "node:url";
import { NO_PYTHON, python } from "../end_to_end/fixtures/python.ts";
import { runTool } from "../end_to_end/fixtures/tool.ts";

/** How a command is started on a terminal. */
export interface TerminalOptions {
  /** Its current folder. */
  readonly cwd?: string;
  /** Variables to set beside those of the tests. */
  readonly env?: Readonly<Record<string, string>>;
  /** Default: 80. */
  readonly columns?: number;
  /** Milliseconds after which all on the terminal is ended as hanging. Default: 60 s. */
  readonly lifeLimit?: number;
}

/** What is left of a command that ended. */
export interface TerminalEnd {
  /** Its exit status; 128 plus the number of the signal that ended it, as shells say it. */
  readonly code: number;
  /** All that the terminal was to show. */
  readonly screen: string;
}

const HELPER = fileURLToPath(new URL("./pseudo_terminal.py", import.meta.url));

/**
 * Why tests on a terminal are ignored here, to be added to their names; empty where they can run.
 */
export const NO_TERMINAL: string = NO_PYTHON;

/**
 * A command on a pseudo terminal of its own. It leads a session, and what is typed is delivered as
 * a terminal does it: `^C` as SIGINT to the whole foreground group.
 */
export class Terminal implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #keys: WritableStreamDefaultWriter<Uint8Array>;
  readonly #hanging: ReturnType<typeof setTimeout>;
  readonly #screenEnd: Promise<void>;
  readonly #reportsEnd: Promise<void>;
  #changed = Promise.withResolvers<void>();
  #screen = "";
  #reports = "";
  #streams = 2;
  #running = true;

  private constructor(child: Deno.ChildProcess, lifeLimit: number) {
    this.#child = child;
    child.status.then(() => this.#running = false);
    this.#keys = child.stdin.getWriter();
    this.#screenEnd = this.#read(child.stdout, (text) => this.#screen += text);
    this.#reportsEnd = this.#read(child.stderr, (text) => this.#reports += text);
    this.#hanging = setTimeout(() => this.#endAll(), lifeLimit);
  }

  /** Starts a command, which is looked for in PATH. */
  static async start(
    command: readonly [string, ...string[]],
    { cwd, env = {}, columns = 80, lifeLimit = 300_000 }: TerminalOptions = {},
  ): Promise<Terminal> {
    const child = python([HELPER, String(columns), "24", ...command], {
      env: { TERM: "xterm", ...env },
      ...(cwd === undefined ? {} : { cwd }),
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const terminal = new Terminal(child, lifeLimit);
    await terminal.#wait(() => terminal.#said("pid"), "The command was started");
    return terminal;
  }

  /** The process id of the command, which is that of its group and session too. */
  get pid(): number {
    return this.#said("pid") ?? NaN;
  }

  /** All that the terminal was to show so far, as it came: `\r\n` ends a line. */
  get screen(): string {
    return this.#screen;
  }

  /** Sends a signal to the command alone, or to its whole group. */
  async signal(signal: "TERM" | "INT" | "HUP", whom: "command" | "group"): Promise<void> {
    const target = whom === "group" ? `-${this.pid}` : `${this.pid}`;
    const { code, stderr } = await runTool("sh", ["-c", `kill -s ${signal} -- ${target}`]);
    if (code !== 0) throw new Error(stderr);
  }

  /** Types keys: `yes\r` or `\x03`, which is what Ctrl-C sends. */
  async type(keys: string): Promise<void> {
    await this.#keys.write(new TextEncoder().encode(keys));
  }

  /** Closes the terminal, as a window is closed: what runs on it gets SIGHUP. */
  async hangUp(): Promise<void> {
    await this.#keys.close();
  }

  /**
   * Resolves with the match once the screen has what the pattern says. Throws at its end without.
   */
  async shows(pattern: RegExp): Promise<RegExpMatchArray> {
    return await this.#wait(() => this.#screen.match(pattern) ?? undefined, `${pattern} is shown`);
  }

  /** Resolves when the command has ended, and everything else that had its terminal open. */
  async ended(): Promise<TerminalEnd> {
    await Promise.all([this.#screenEnd, this.#reportsEnd, this.#child.status]);
    clearTimeout(this.#hanging);
    await this.#keys.abort().catch(() => {});
    const signal = this.#said("signal");
    const code = signal === undefined ? this.#said("exit") : 128 + signal;
    if (code === undefined) throw new Error(`The terminal has no exit status: ${this.#reports}`);
    return { code, screen: this.#screen };
  }

  /** Ends the command's whole group, if it has not ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#endAll();
    await this.ended();
  }

  #endAll(): void {
    if (this.#running) this.#child.kill("SIGTERM");
  }

  #said(what: "pid" | "exit" | "signal"): number | undefined {
    const [, number] = this.#reports.match(new RegExp(`^${what} (\\d+)$`, "m")) ?? [];
    return number === undefined ? undefined : Number(number);
  }

  async #wait<T>(look: () => T | undefined, what: string): Promise<T> {
    for (;;) {
      const found = look();
      if (found !== undefined) return found;
      if (this.#streams === 0) {
        throw new Error(`Not so: ${what}\n${this.#screen}\n${this.#reports}`);
      }
      await this.#changed.promise;
    }
  }

  async #read(stream: ReadableStream<Uint8Array>, take: (text: string) => void): Promise<void> {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      take(text);
      this.#change();
    }
    this.#streams -= 1;
    this.#change();
  }

  #change(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}
