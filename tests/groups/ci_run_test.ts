import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { temporaryFolder } from "../peers/temporary_folder.ts";
import { isInstalled, runTool } from "../end_to_end/fixtures/tool.ts";
import { writeProgram } from "../end_to_end/fixtures/write_program.ts";

const CI_RUN = fileURLToPath(new URL("../../.ci/run", import.meta.url));
const able = Deno.build.os === "linux" && await isInstalled("bash");
const ignored = able ? "" : " (ignored: no bash)";

const GATE = `a ... FAILED (1ms)
b (ignored: no zsh) ... ignored (0ms)

 ERRORS 

a => ./a_test.ts:1:1
error: Error: ${"x".repeat(5_000)}
    at file:///a_test.ts:1:1

 FAILURES 

a => ./a_test.ts:1:1

FAILED | 7 passed | 1 failed | 1 ignored (1s)
`;
const LONG = `errors of the long tests
FAILED tests/long/c_test.ts: c => ./tests/long/c_test.ts:1:1: Error: no
long tests: 5 passed, 1 failed, 0 ignored
`;
/** In the place of npx: shows what the tests would print, and runs the rest with the real Deno. */
const NPX = `#!/bin/sh
here="$(dirname "$0")"
case "$*" in
  *" task test:long"*) cat "$here/long"; exit "$(cat "$here/code")" ;;
  *" task test") cat "$here/gate"; exit "$(cat "$here/code")" ;;
  *) shift 2; exec "$DENO" "$@" ;;
esac
`;

/** The lines of a run whose tests print this, and the code that it ends with. */
async function run({ gate, long, code }: {
  readonly gate: string;
  readonly long: string;
  readonly code: number;
}) {
  await using folder = await temporaryFolder();
  const write = (name: string, text: string) => writeProgram(join(folder.path, name), text);
  await write("npx", NPX);
  await write("dpkg-query", "#!/bin/sh\necho install ok installed\n");
  await write("gate", gate);
  await write("long", long);
  await write("code", String(code));
  const PATH = `${folder.path}:${Deno.env.get("PATH")}`;
  const result = await runTool("bash", [CI_RUN], { env: { PATH, DENO: Deno.execPath() } });
  return { code: result.code, lines: result.stdout.trimEnd().split("\n") };
}

Deno.test({
  name: ".ci/run ends with a short line for each test that failed, and the sum" + ignored,
  ignore: !able,
  async fn() {
    const { code, lines } = await run({ gate: GATE, long: LONG, code: 1 });
    assert.equal(code, 1);
    assert.deepEqual(lines.slice(-4), [
      `FAILED a => ./a_test.ts:1:1: Error: ${"x".repeat(5_000)}`.slice(0, 306) + "…",
      "FAILED (could not run) b (ignored: no zsh) ... ignored (0ms)",
      "FAILED tests/long/c_test.ts: c => ./tests/long/c_test.ts:1:1: Error: no",
      "12 passed, 3 failed",
    ]);
    const shownAgain = lines.slice(lines.indexOf("errors of the long tests"));
    assert.equal(Math.max(...shownAgain.map((line) => line.length)), 307);
    const passed = await run({
      gate: "ok | 7 passed | 0 failed (1s)\n",
      long: "long tests: 5 passed, 0 failed, 0 ignored\n",
      code: 0,
    });
    assert.deepEqual([passed.code, passed.lines.at(-1)], [0, "12 passed, 0 failed"]);
  },
});
