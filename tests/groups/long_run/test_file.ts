import config from "../../../deno.json" with { type: "json" };
import { readErrors, readFailures, withoutColours } from "../failures.ts";

/** What came of the tests of one file. */
export interface FileResult {
  readonly passed: number;
  /** At least 1 if anything went wrong, also when no test could be started. */
  readonly failed: number;
  readonly ignored: number;
  readonly milliseconds: number;
  /** A line for each test that failed, and for the file where its tests do not tell. */
  readonly failures: readonly string[];
  /** What it printed of errors, at most `MOST_LINES`; empty if nothing failed. */
  readonly errors: string;
}

/** Lines of errors that are shown again once all files have run. */
const MOST_LINES = 40;

/** Runs the tests of a file with the permissions of the task `test`, and shows what they print. */
export async function runTestFile(
  path: string,
  { limit, write }: {
    /** Milliseconds after which the file has failed. */
    readonly limit: number;
    /** Takes what the tests print. */
    readonly write: (bytes: Uint8Array) => void;
  },
): Promise<FileResult> {
  const begun = performance.now();
  const child = new Deno.Command(Deno.execPath(), {
    args: ["test", ...testWords(), path],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let ended = false;
  const timer = setTimeout(() => {
    ended = true;
    child.kill("SIGKILL");
  }, limit);
  const [stdout, stderr, { code }] = await Promise.all([
    shown(child.stdout, write),
    shown(child.stderr, write),
    child.status,
  ]);
  clearTimeout(timer);
  const milliseconds = performance.now() - begun;
  const counts = readSummary(stdout);
  const output = stdout + stderr;
  const failedAs = (fault: string): FileResult => {
    const { passed = 0, failed = 0, ignored = 0 } = counts ?? {};
    const failures = [...readFailures(output), `${fault}; ${lastLine(stdout)}`];
    const errors = readErrors(output, MOST_LINES);
    return { passed, failed: failed + 1, ignored, milliseconds, failures, errors };
  };
  if (ended) return failedAs(`ended after ${Math.round(limit / 1000)} s`);
  if (counts === undefined) return failedAs(`exited with ${code} without a summary`);
  if (counts.passed + counts.failed === 0) return failedAs("ran no test");
  if (code !== 0 && counts.failed === 0) return failedAs(`exited with ${code}`);
  if (counts.failed === 0) return { ...counts, milliseconds, failures: [], errors: "" };
  const errors = readErrors(output, MOST_LINES);
  return { ...counts, milliseconds, failures: readFailures(output), errors };
}

interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly ignored: number;
}

/** What `deno test` shows of a test that says in its title that it was left out. */
const LEFT_OUT = /\(left out: [^)]*\) \.\.\. ignored/g;

/**
 * The figures of the line that `deno test` ends with; undefined if there is none. Ignored is what
 * could not run for want of something that can be installed; `(left out: ...)` in a title is of
 * what cannot, such as a base for `deno compile`.
 */
export function readSummary(output: string): Counts | undefined {
  const text = withoutColours(output);
  const line = text.match(/^(?:ok|FAILED) \| .*$/gm)?.at(-1);
  if (line === undefined) return undefined;
  const count = (word: string) => Number(line.match(new RegExp(`(\\d+) ${word}`))?.[1] ?? 0);
  const ignored = count("ignored") - (text.match(LEFT_OUT)?.length ?? 0);
  return { passed: count("passed"), failed: count("failed"), ignored };
}

/** The last line that a file printed: where it hung, the test that it was at. */
function lastLine(stdout: string): string {
  return `last printed: ${withoutColours(stdout).trim().split("\n").at(-1)?.slice(0, 200)}`;
}

/** The flags of `deno test` in the task `test`, without what only a run of all groups needs. */
function testWords(): readonly string[] {
  const [, command = ""] = config.tasks.test.command.split(" deno test ");
  return command.replaceAll("$(deno eval -p 'Deno.execPath()')", "\0").split(" ")
    .map((word) => word.replaceAll("\0", () => Deno.execPath()))
    .filter((word) => word.startsWith("-") && word !== "--parallel");
}

async function shown(
  stream: ReadableStream<Uint8Array>,
  write: (bytes: Uint8Array) => void,
): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const bytes of stream) {
    write(bytes);
    text += decoder.decode(bytes, { stream: true });
  }
  return text;
}
