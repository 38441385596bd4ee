/** Times whole transfers beside OpenSSH's, and what the project claims of itself: `deno task bench`. */
import { integer, string } from "@optique/core/valueparser";
import { object } from "@optique/core/constructs";
import { multiple } from "@optique/core/modifiers";
import { argument } from "@optique/core/primitives";
import { message } from "@optique/core/message";
import { Output } from "../../shared/settings/output.ts";
import { runCommandLine } from "../../shared/settings/run_command_line.ts";
import { setting, switchSetting } from "../../shared/settings/setting.ts";
import { VERSION } from "../../shared/version.ts";
import { largeFile, manyFiles, smallFile } from "./beside_openssh.ts";
import { crowd, memory, parallelFiles, tinyPackets } from "./by_itself.ts";
import { startOpenSsh } from "./openssh.ts";
import { startOwn } from "./own_programs.ts";
import type { Row, Scenario } from "./scenario.ts";
import { stages } from "./stages.ts";
import { machine, table } from "./table.ts";

const SCENARIOS: Readonly<Record<string, Scenario>> = {
  large: largeFile,
  many: manyFiles,
  small: smallFile,
  parallel: parallelFiles,
  packets: tinyPackets,
  memory,
  crowd,
  stages,
};

const stdout = new Output(Deno.stdout, "standard output");
const stderr = new Output(Deno.stderr, "standard error");
const env = () => undefined;
const names = Object.keys(SCENARIOS);
const settings = runCommandLine(
  object("What to measure", {
    scenarios: multiple(argument(string({ metavar: "SCENARIO" }), {
      description: message`The scenarios; all of them without any.`,
    })),
    runs: setting("--runs", integer({ min: 1, max: 100, metavar: "N" }), {
      description: "How often each thing is measured, after once that does not count",
      fallback: 5,
      env,
    }),
    part: setting("--part", integer({ min: 1, max: 1024, metavar: "N" }), {
      description: "Divides the sizes of files, for a quick look",
      fallback: 1,
      env,
    }),
    json: switchSetting("--json", { description: "Print the result as JSON", env }),
  }),
  Deno.args,
  {
    name: "bench",
    usage: ["deno task bench [SCENARIO...] [OPTION...]"],
    brief: `Times whole transfers on this machine. Scenarios: ${names.join(", ")}.`,
    examples: ["deno task bench", "deno task bench large --runs 3", "deno task bench --part 16"],
    exitCodes: "0 measured, whatever came of it; 2 usage.",
    env,
    version: VERSION,
    stdout: (text) => stdout.write(text),
    stderr: (text) => stderr.write(text),
    colors: false,
    columns: undefined,
    onExit: (code) => Deno.exit(code),
  },
);
const unknown = settings.scenarios.find((name) => !(name in SCENARIOS));
if (unknown !== undefined) {
  stderr.write(`error: There is no scenario "${unknown}"; choose from ${names.join(", ")}\n`);
  Deno.exit(2);
}

const folder = await Deno.makeTempDir({ prefix: "sealpost_bench_" });
try {
  await using own = await startOwn(folder);
  const started = await startOpenSsh(folder);
  await using ssh = typeof started === "string" ? undefined : started;
  if (typeof started === "string") stderr.write(`Without OpenSSH beside it: ${started}\n`);
  const rows: Row[] = [];
  for (const name of settings.scenarios.length > 0 ? settings.scenarios : names) {
    const scenario = SCENARIOS[name];
    if (scenario === undefined) continue;
    stderr.write(`measuring: ${name}\n`);
    rows.push(...await scenario({ ...settings, own, ssh, folder }));
  }
  stdout.write(settings.json ? `${JSON.stringify({ machine: machine(), rows })}\n` : table(rows));
} finally {
  await Deno.remove(folder, { recursive: true });
}
