/**
 * Errors that neither program was written for, wherever they are thrown: one line, and the code of
 * a failure.
 */

import assert from "node:assert/strict";
import { join } from "node:path";
import { temporaryFolder } from "../peers/temporary_folder.ts";
import { assertComplains } from "./fixtures/complaint.ts";
import { type Ended, type ProgramName, ROOT, taskWords } from "./fixtures/program.ts";
import { ON_LOOPBACK } from "./fixtures/running_server.ts";

/** Where something is thrown, when a program asks whether its output is a terminal. */
const PLACES = {
  "a call": "throw new TypeError('sabotage');",
  "a promise that nothing waits for": "Promise.reject(new TypeError('sabotage')); return false;",
  "a timer": "setTimeout(() => { throw new TypeError('sabotage'); }); return false;",
  "a call that throws no error": "throw 'sabotage';",
} as const;

/** What each program is called with, and how it is told to say more. */
const PROGRAMS = {
  client: { args: ["--server", "127.0.0.1:1", "--name", "A"], more: ["--verbose"] },
  server: { args: ON_LOOPBACK, more: ["--log-level", "debug"] },
} as const;

/** Runs a program in which `Deno.stdout.isTerminal()` does what `body` says. */
async function sabotaged(
  program: ProgramName & keyof typeof PROGRAMS,
  { body, more = [] }: { readonly body: string; readonly more?: readonly string[] },
): Promise<Ended> {
  await using folder = await temporaryFolder();
  const { args } = PROGRAMS[program];
  const preload = join(folder.path, "sabotage.js");
  await Deno.writeTextFile(preload, `Deno.stdout.isTerminal = function sabotage() { ${body} };`);
  const file = join(folder.path, "file");
  await Deno.writeTextFile(file, "content");
  const [, run = "", ...words] = taskWords(program);
  const main = words.findIndex((word) => word.endsWith("main.ts"));
  const own = program === "client"
    ? [file, "--dir", folder.path]
    : ["--data", join(folder.path, "data")];
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      run,
      "--preload",
      preload,
      ...words.slice(0, main),
      join(ROOT, words[main] ?? ""),
      ...own,
      ...args,
      ...more,
    ],
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).output();
  const text = new TextDecoder();
  return { code, stdout: text.decode(stdout), stderr: text.decode(stderr) };
}

/** Fails unless a program said in its one line what was thrown, and how to see more. */
function assertUnforeseen(program: keyof typeof PROGRAMS, ended: Ended): void {
  const more = PROGRAMS[program].more.join(" ");
  const again = `or run it again with ${more} to see more`;
  assertComplains(ended, {
    code: 1,
    says: new RegExp(
      "^Fatal: This was not foreseen: .*sabotage; report it with the reference [0-9a-f]{8}, " +
        `${again}$`,
    ),
  });
}

/** Declares a test for each program, and each place where something is thrown in it. */
export function testLastResort(
  cases: readonly (readonly [keyof typeof PROGRAMS, keyof typeof PLACES])[],
): void {
  for (const [program, place] of cases) {
    const title = `A ${program} tells in one line of what it does not foresee in ${place}`;
    Deno.test(title, async () => {
      assertUnforeseen(program, await sabotaged(program, { body: PLACES[place] }));
    });
  }
}

/** Declares a test of the reference that a program gives, which is the same with more to see. */
export function testReference(program: keyof typeof PROGRAMS): void {
  Deno.test(`A ${program} reports an unforeseen error with a reference`, async () => {
    const body = PLACES["a call"];
    const { more } = PROGRAMS[program];
    const quiet = await sabotaged(program, { body });
    assertUnforeseen(program, quiet);
    const loud = await sabotaged(program, { body, more });
    assert.equal(loud.code, 1);
    assert.match(loud.stderr, /^ {4}at .*sabotage/m);
    const reference = /reference [0-9a-f]{8}/;
    assert.equal(reference.exec(loud.stderr)?.[0], reference.exec(quiet.stderr)?.[0]);
  });
}
