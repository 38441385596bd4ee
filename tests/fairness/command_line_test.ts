import { match, ok, strictEqual, throws } from "node:assert/strict";
import { readCommandLine } from "./command_line.ts";
import { KINDS } from "./kinds.ts";
import { runFairness } from "./run_fairness.ts";

Deno.test("fairness --help names each kind of attackers", async () => {
  const { code, out, err } = await runFairness("--help");
  strictEqual(err, "");
  strictEqual(code, 0);
  for (const kind of Object.keys(KINDS)) ok(out.includes(kind), kind);
});

for (
  const [args, said] of [
    [["nonsense"], /^TypeError: There is no kind "nonsense"; there are alone, packets, .*mixed$/],
    [["packets", "everywhere"], /There is no place "everywhere"; .* other, same, eight$/],
    [["packets", "other", "many"], /The number of connections is "many"/],
    [["packets", "--fast"], /Unknown option '--fast'/],
  ] as const
) {
  Deno.test(`fairness ${args.join(" ")} is refused by name`, () => {
    throws(() => readCommandLine(args), said);
  });
}

Deno.test("fairness says what is wrong with its command line, and ends with code 2", async () => {
  const { code, out, err } = await runFairness("packets,--halp");
  strictEqual(out, "");
  match(err, /^error: There is no kind "--halp".*\nTry --help\n$/);
  strictEqual(code, 2);
});
