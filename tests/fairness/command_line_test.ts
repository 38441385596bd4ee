import { match, ok, strictEqual, throws } from "node:assert/strict";
import { readCommandLine } from "./command_line.ts";
import { KINDS } from "./kinds.ts";

/** Runs the measurement as its task does. */
async function fairness(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const rights = ["--allow-net=127.0.0.1,127.0.0.20", "--allow-read", "--allow-write"];
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--no-prompt", "--no-check", ...rights, "--allow-run=taskset"],
      ...[new URL("main.ts", import.meta.url).href, ...args],
    ],
  }).output();
  const [out = "", err = ""] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  return { code, out, err };
}

Deno.test("fairness --help names each kind of attackers", async () => {
  const { code, out, err } = await fairness("--help");
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
  const { code, out, err } = await fairness("packets,--halp");
  strictEqual(out, "");
  match(err, /^error: There is no kind "--halp".*\nTry --help\n$/);
  strictEqual(code, 2);
});

Deno.test({
  name: "fairness tells what a server said that ended by itself",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const { code, err } = await fairness("alone", "other", "1", "1", "--server=--no-such-flag");
    match(err, /^error: The server ended by itself, with code \d+:\n[^]*--no-such-flag/);
    strictEqual(code, 1);
  },
});
