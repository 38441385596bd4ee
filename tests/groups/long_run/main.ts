/**
 * `deno task test:long`: the tests that take minutes. Runs the files of `tests/long/` in an order
 * that follows from a seed, each that still fits into the time, or all of them with `--full`. Ends
 * with 1 if any failed.
 */
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { randomSeed, SeededRandom } from "../../chance/seeded_random.ts";
import { Expectation } from "./expected_seconds.ts";
import { shuffled } from "./order.ts";
import { runTestFile } from "./test_file.ts";

/** Seconds that a sample may take. */
const SAMPLE_SECONDS = 600;
/** Milliseconds that one file may take. */
const FILE_LIMIT = 15 * 60_000;

const USAGE = `Usage: deno task test:long [--full] [--seconds N] [--seed N] [--no-ignored]
  --full       run every file
  --seconds N  begin no file that would not end in so many seconds (default: ${SAMPLE_SECONDS})
  --seed N     what the order of the files follows from (default: a random number)
  --no-ignored a test that could not run counts as failed
`;

const { full, seconds, seed, mustRun } = settings();
const folder = fileURLToPath(new URL("../../long/", import.meta.url));
const root = fileURLToPath(new URL("../../../", import.meta.url));
const files = shuffled((await testFiles(folder)).sort(), new SeededRandom(seed));
say(`${files.length} files, seed ${seed}, ${full ? "all of them" : `for ${seconds} s`}`);

const begun = performance.now();
const sum = { passed: 0, failed: 0, ignored: 0 };
const expectation = new Expectation();
const left: string[] = [];
const failures: string[] = [];
const errors: string[] = [];
for (const file of files) {
  const shown = relative(root, file);
  const [needed, rest] = [
    expectation.of(shown),
    Math.round(seconds - (performance.now() - begun) / 1000),
  ];
  if (!full && needed > rest) {
    left.push(`${shown} (takes some ${needed} s, and ${Math.max(0, rest)} s are left)`);
    continue;
  }
  const result = await runTestFile(file, {
    limit: FILE_LIMIT,
    write: (bytes) => Deno.stdout.writeSync(bytes),
  });
  const unrun = mustRun ? result.ignored : 0;
  sum.passed += result.passed;
  sum.failed += result.failed + unrun;
  sum.ignored += result.ignored;
  failures.push(...result.failures.map((failure) => `${shown}: ${failure}`));
  if (result.errors !== "") errors.push(`${shown}:\n${result.errors}\n`);
  if (unrun > 0) failures.push(`${shown}: ${unrun} could not run`);
  expectation.took(shown, result.milliseconds / 1000);
  say(`${shown}: ${result.passed} passed, ${Math.round(result.milliseconds / 1000)} s`);
}
for (const file of left) say(`not in this sample: ${file}`);
for (const text of errors) say(text);
// Last, so that the end of the output, which is what is kept of a long one, names what failed.
for (const failure of failures) say(`FAILED ${failure}`);
say(`long tests: ${sum.passed} passed, ${sum.failed} failed, ${sum.ignored} ignored`);
Deno.exit(sum.failed === 0 ? 0 : 1);

function settings() {
  try {
    const { values } = parseArgs({
      options: {
        full: { type: "boolean", default: false },
        seconds: { type: "string", default: String(SAMPLE_SECONDS) },
        seed: { type: "string", default: String(randomSeed()) },
        "no-ignored": { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    });
    if (values.help) {
      say(USAGE.trimEnd());
      Deno.exit(0);
    }
    return {
      full: values.full,
      seconds: whole("--seconds", values.seconds),
      seed: whole("--seed", values.seed),
      mustRun: values["no-ignored"],
    };
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    Deno.stderr.writeSync(new TextEncoder().encode(`error: ${error.message}\n${USAGE}`));
    Deno.exit(2);
  }
}

function whole(flag: string, text: string): number {
  if (/^\d{1,10}$/.test(text)) return Number(text);
  throw new TypeError(`${flag} takes a whole number, not ${JSON.stringify(text)}`);
}

async function testFiles(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = `${folder.replace(/\/$/, "")}/${name}`;
    if (isDirectory) found.push(...await testFiles(path));
    else if (name.endsWith("_test.ts")) found.push(path);
  }
  return found;
}

function say(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}
