/**
 * `deno task bench`: measures whole transfers, compared with OpenSSH's, and the project's claims.
 */
import { choice, path, wholeNumber } from "../../shared/settings/kind.ts";
import { Output } from "../../shared/settings/output.ts";
import { UsageError } from "../../shared/settings/read_settings.ts";
import { runCommandLine } from "../../shared/settings/run_command_line.ts";
import { type Command, optional, rest, setting, toggle } from "../../shared/settings/setting.ts";
import { VERSION } from "../../shared/version.ts";
import { besideOld } from "./beside_old.ts";
import { cluster } from "./cluster.ts";
import { largeFile, manyFiles, smallFile } from "./beside_openssh.ts";
import { crowd, memory, parallelFiles, tinyPackets } from "./by_itself.ts";
import { startOpenSsh } from "./openssh.ts";
import { startOwn } from "./own_programs.ts";
import { PROTOCOL_4 } from "./protocol4.ts";
import type { OwnScenario, Row, Scenario } from "./scenario.ts";
import { stages } from "./stages.ts";
import { machine, table } from "./table.ts";

/** Those that share a server. */
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

/** Those that start their own. */
const BY_THEMSELVES: Readonly<Record<string, OwnScenario>> = {
  ...PROTOCOL_4,
  cluster,
  beside: besideOld,
};

/** Those that are left out unless they are named: they need engines, or an older version. */
const ONLY_IF_NAMED: ReadonlySet<string> = new Set(["cluster", "beside"]);

const stdout = new Output(Deno.stdout, "standard output");
const stderr = new Output(Deno.stderr, "standard error");
const names = [...Object.keys(SCENARIOS), ...Object.keys(BY_THEMSELVES)];
/** The word for all scenarios of protocol 4. */
const ALL_OF_4 = "protocol4";
const COMMAND = {
  "What to measure": {
    scenarios: rest(choice("SCENARIO", [...names, ALL_OF_4]), {
      help: "The scenarios; without any all of them but cluster and beside",
    }),
    runs: setting("--runs", wholeNumber({ least: 1, most: 100 }), {
      help: "How often each thing is measured, after once that does not count",
      fallback: 5,
    }),
    part: setting("--part", wholeNumber({ least: 1, most: 1024 }), {
      help: "Divides the sizes of files, for a quick look",
      fallback: 1,
    }),
    old: optional("--old", path("FOLDER"), {
      help: "For beside: a checkout of the version that this one is compared with",
    }),
    json: toggle("--json", { help: "Print the result as JSON" }),
  },
} as const satisfies Command;

function readCommandLine() {
  try {
    return runCommandLine(COMMAND, Deno.args, {
      env: () => undefined,
      text: {
        usage: ["deno task bench [SCENARIO...] [OPTION...]"],
        brief: `Times whole transfers on this machine. Scenarios: ${names.join(", ")}; ` +
          `${ALL_OF_4} for those from ${Object.keys(PROTOCOL_4)[0]} to start.`,
        examples: [
          "deno task bench",
          `deno task bench ${ALL_OF_4} --runs 3`,
          "deno task bench large --runs 3",
          "deno task bench beside --old ../sealpost-0.1.0 --runs 6",
          "deno task bench --part 16",
        ],
        values: [],
        variables: false,
        exitCodes: "0 measured, whatever came of it; 2 usage.",
      },
      version: VERSION,
      stdout: (text) => stdout.write(text),
      colors: false,
      columns: undefined,
    }) ?? Deno.exit(0);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    stderr.write(`error: ${error.message}\n`);
    return Deno.exit(2);
  }
}

const settings = readCommandLine();
const asked = settings.scenarios.length > 0
  ? settings.scenarios
  : names.filter((name) => !ONLY_IF_NAMED.has(name));
const wanted = asked.flatMap((name) => name === ALL_OF_4 ? Object.keys(PROTOCOL_4) : [name]);
const folder = await Deno.makeTempDir({ prefix: "sealpost_bench_" });
const rows: Row[] = [];
const skipped: { readonly name: string; readonly reason: string }[] = [];
try {
  for (const name of wanted) {
    const scenario = BY_THEMSELVES[name];
    if (scenario === undefined) continue;
    stderr.write(`measuring: ${name}\n`);
    const outcome = await scenario({ ...settings, folder });
    if (typeof outcome === "string") skipped.push({ name, reason: outcome });
    else rows.push(...outcome);
  }
  const shared = wanted.flatMap((name) => {
    const scenario = SCENARIOS[name];
    return scenario === undefined ? [] : [{ name, scenario }];
  });
  if (shared.length > 0) rows.push(...await measureTogether(shared));
  const result = { machine: machine(), rows, skipped };
  stdout.write(settings.json ? `${JSON.stringify(result)}\n` : table(rows, { skipped }));
} finally {
  await Deno.remove(folder, { recursive: true });
}

/** Measures scenarios that share a server. */
async function measureTogether(
  scenarios: readonly { readonly name: string; readonly scenario: Scenario }[],
): Promise<readonly Row[]> {
  await using own = await startOwn(folder);
  const started = await startOpenSsh(folder);
  await using ssh = typeof started === "string" ? undefined : started;
  if (typeof started === "string") stderr.write(`Without OpenSSH beside it: ${started}\n`);
  const found: Row[] = [];
  for (const { name, scenario } of scenarios) {
    stderr.write(`measuring: ${name}\n`);
    found.push(...await scenario({ ...settings, own, ssh, folder }));
  }
  return found;
}
