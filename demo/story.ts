import { Output } from "../shared/settings/output.ts";

/** A program of the project that runs beside the demonstration. */
export interface Running extends AsyncDisposable {
  /** The lines of its standard output. */
  readonly lines: AsyncIterator<string>;
  /** Asks it to end, and waits until it has; its exit code. */
  stop(): Promise<number>;
}

/** The project's folder: where its tasks are run. */
const ROOT = new URL("..", import.meta.url);

const stdout = new Output(Deno.stdout, "standard output");

/** Tells one step of the story, as long as somebody listens. */
export function tell(text: string): void {
  stdout.write(`${text}\n`);
}

/**
 * Starts a task of the project and leaves it running. What it logs is passed on, each line marked.
 */
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
    // It has ended by itself, and nobody has heard of it yet.
    if (!(error instanceof TypeError || error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** Runs a task of the project to its end; its exit code and its standard output. */
export async function runTask(
  name: string,
  args: readonly string[],
): Promise<{ readonly code: number; readonly output: string }> {
  // Its standard error is the user's, so that on a terminal the progress bar is a real one.
  const { code, stdout } = await taskCommand(name, args, { stderr: "inherit" }).output();
  return { code, output: new TextDecoder().decode(stdout) };
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

/**
 * Clears the line of the terminal that the cursor is in: the client may have its progress bar
 * there.
 */
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
