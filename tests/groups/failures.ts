/**
 * What `deno test` prints of the tests that failed. As a program, it shows that of a log once more:
 * the errors, with short lines, and then a line for each test that failed.
 */

/** Characters of a line that is shown again. */
const MOST_CHARACTERS = 300;

/** The parts of the output that tell of failures, without colours. */
const PARTS = /^ *ERRORS *$(?<errors>.*)^ *FAILURES *$(?<titles>.*?)^FAILED \| /ms;
/** The stack after an error's message, with the line of source above it, or else the next error. */
const END_OF_MESSAGE = /^(?:[^\n]*\n *\^)?\n* +at |\n\n[^\n]*\nerror: /m;
/** What `deno` prints when it could not run the tests, or their types are wrong. */
const TROUBLE = /^(?:error: (?!Test failed)|TS\d+ \[ERROR\]).*$/gm;

/**
 * A line for each test and file that failed: its title and what its error says before the stack,
 * cut at 300 characters. Where no test is named, the lines that say why none could run.
 */
export function readFailures(output: string): readonly string[] {
  const text = withoutColours(output);
  const { errors, titles } = PARTS.exec(text)?.groups ?? {};
  if (errors === undefined || titles === undefined) return (text.match(TROUBLE) ?? []).map(cut);
  return titles.trim().split("\n").map((title) => {
    const [, error = ""] = errors.split(`\n${title}\nerror: `);
    const [message = ""] = error.split(END_OF_MESSAGE);
    return cut(`${title}: ${message.trim().replaceAll(/\s+/g, " ")}`);
  });
}

/** What is shown of the errors, at most so many lines; the end of the output if nothing is. */
export function readErrors(output: string, mostLines: number): string {
  const text = withoutColours(output);
  const errors = PARTS.exec(text)?.groups?.["errors"];
  const lines = (errors ?? text).trim().split("\n").map(cut);
  return (errors === undefined ? lines.slice(-mostLines) : lines.slice(0, mostLines)).join("\n");
}

/** The output without colours. */
export function withoutColours(output: string): string {
  // deno-lint-ignore no-control-regex -- colours
  return output.replaceAll(/\x1b\[[0-9;]*m/g, "");
}

function cut(line: string): string {
  return line.length > MOST_CHARACTERS ? `${line.slice(0, MOST_CHARACTERS - 1)}…` : line;
}

if (import.meta.main) {
  const output = await Deno.readTextFile(Deno.args[0] ?? "");
  const lines = [
    readErrors(output, 120),
    ...readFailures(output).map((failure) => `FAILED ${failure}`),
  ];
  for (const line of lines) Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}
