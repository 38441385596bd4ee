import { deepStrictEqual, match, notStrictEqual, ok, strictEqual } from "node:assert/strict";
import { ROOT } from "../../end_to_end/fixtures/program.ts";
import { Lines } from "../../end_to_end/fixtures/lines.ts";
import { runFairness } from "../../fairness/run_fairness.ts";

/**
 * Runs the measurement, ends it once both of its children run, and prints their ids and those that
 * are left.
 */
const SCRIPT = `
  "$0" run --no-prompt -A tests/fairness/main.ts packets other 8 10 > /dev/null 2>&1 &
  own=$!
  children() { cat "/proc/$own/task/$own/children" 2> /dev/null; }
  until [ "$(children | wc -w)" = 2 ]; do kill -0 $own || exit 1; sleep 0.1; done
  all=$(children)
  kill -TERM $own
  wait $own
  echo "code $?"
  for id in $all; do echo "child"; kill -9 $id 2> /dev/null && echo "left"; done
  exit 0
`;

Deno.test({
  name: "The measurement of fairness ends its server and its attackers at SIGTERM",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const child = new Deno.Command("sh", {
      args: ["-c", SCRIPT, Deno.execPath()],
      cwd: ROOT,
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const [stdout, stderr] = [new Lines(child.stdout), new Lines(child.stderr)];
    await Promise.all([child.status, stdout.done, stderr.done]);
    const [code, ...lines] = stdout.text.trim().split("\n");
    ok(code?.startsWith("code "), stderr.text);
    notStrictEqual(code, "code 0");
    deepStrictEqual(lines, ["child", "child"]);
  },
});

Deno.test({
  name: "fairness tells what a server said that ended by itself",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const args = ["alone", "other", "1", "1", "--server=--no-such-flag"];
    const { code, err } = await runFairness(...args);
    match(err, /^error: The server ended by itself, with code \d+:\n[^]*--no-such-flag/);
    strictEqual(code, 1);
  },
});
