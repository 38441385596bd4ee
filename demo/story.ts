import { Output } from "../shared/settings/output.ts";

/** A program of the project that runs in the background. */
export interface Running extends AsyncDisposable {
  /** The lines of its standard output. */
  readonly lines: AsyncIterator<string>;
  /** Stops it, waits for its end, and returns its exit code. */
  stop(): Promise<number>;
}

/** Something that is not as the demonstration says. */
export class Unexpected extends Error {}

/** Throws an `Unexpected` unless it is a fact. */
export function expect(fact: boolean, otherwise: string): void {
  if (!fact) throw new Unexpected(otherwise);
}

/** The project's folder, in which its tasks are run. */
const ROOT = new URL("..", import.meta.url);

const stdout = new Output(Deno.stdout, "standard output");

/** Prints one step, unless standard output is closed. */
export function tell(text: string): void {
  stdout.write(`${text}\n`);
}

/** Starts a task of the project in the background. Prints its log lines, each with a mark. */
export function startTask(name: string, args: readonly string[], mark: string): Running {
  const child = taskCommand(name, args, { stderr: "piped" }).spawn();
  const passedOn = passOn(child.stderr, mark);
  const lines = linesOf(child.stdout);
  let ended = false;
  const status = child.status.finally(() => ended = true);
  const stop = async () => {
    if (!ended) end(child);
    const { code } = await status;
    await passedOn;
    await lines.return?.();
    return code;
  };
  return { lines, stop, [Symbol.asyncDispose]: async () => void await stop() };
}

function end(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGTERM");
  } catch (error) {
    // It has ended on its own, and its status is not known yet.
    if (!(error instanceof TypeError || error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** Runs a task of the project to its end. Returns its exit code and standard output. */
export async function runTask(
  name: string,
  args: readonly string[],
): Promise<{ readonly code: number; readonly output: string }> {
  // Its standard error is inherited, so that it shows a progress bar on a terminal.
  const { code, stdout } = await taskCommand(name, args, { stderr: "inherit" }).output();
  return { code, output: new TextDecoder().decode(stdout) };
}

/**
 * Starts the client without a task around it, so that it can be ended itself. Its output is not
 * shown. Its permissions are those of the task.
 */
export function startClient(args: readonly string[]): Deno.ChildProcess {
  const { tasks } = JSON.parse(Deno.readTextFileSync(new URL("deno.json", ROOT)));
  const [, flags = ""] = /^deno (run .*client\/main\.ts) /.exec(tasks.client.command) ?? [];
  return new Deno.Command(Deno.execPath(), {
    args: [...flags.replaceAll("'", "").split(" "), ...args],
    cwd: ROOT,
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
}

function taskCommand(
  name: string,
  args: readonly string[],
  { stderr }: { readonly stderr: "piped" | "inherit" },
): Deno.Command {
  return new Deno.Command(Deno.execPath(), {
    args: ["task", "--quiet", name, ...args],
    cwd: ROOT,
    stdin: "null",
    stdout: "piped",
    stderr,
  });
}

async function passOn(stream: ReadableStream<Uint8Array>, mark: string): Promise<void> {
  for await (const line of linesOf(stream)) tell(`${clearLine()}${mark}${line}`);
}

/** Clears the current line of the terminal, where the client's progress bar may be. */
function clearLine(): string {
  if (!Deno.stdout.isTerminal()) return "";
  return `\r${" ".repeat(Math.max(0, Deno.consoleSize().columns - 1))}\r`;
}

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string, void, void> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = `${rest}${text}`.split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
  if (rest !== "") yield rest;
}
