import { deepStrictEqual, fail, match, ok, strictEqual } from "node:assert/strict";
import { readSettings, UsageError } from "../../shared/settings/read_settings.ts";
import { type Flag, variableOf } from "../../shared/settings/setting.ts";
import { DEFAULT_LIMITS, LIMITS, type Limits } from "./limit_settings.ts";

type Setting = keyof Omit<Limits, "fileSize" | "loopback">;

/** Each limit with its flag, a value, and the parsed value. */
const SETTINGS: readonly (readonly [Setting, Flag, text: string, value: number])[] = [
  ["connections", "--max-connections", "12", 12],
  ["memory", "--max-memory", "512MiB", 512 * 1024 ** 2],
  ["connectionsPerAddress", "--max-connections-per-address", "0", 0],
  ["connectionRate", "--max-connections-per-second", "20", 20],
  ["connectionsPerClient", "--max-connections-per-client", "3", 3],
  ["strangers", "--max-strangers", "999999999", 999_999_999],
  ["firstRequestTime", "--first-request-time", "500ms", 500],
  ["idleTime", "--idle-time", "2m", 120_000],
  ["leastRate", "--least-rate", "64KiB", 65_536],
  ["standstillTime", "--standstill-time", "90s", 90_000],
  ["filesPerClient", "--max-files-per-client", "7", 7],
  ["bytesPerClient", "--max-bytes-per-client", "1.5MB", 1_500_000],
  ["files", "--max-files", "1000000", 1_000_000],
  ["bytes", "--max-bytes", "2TiB", 2 * 1024 ** 4],
  ["freeSpace", "--keep-free", "1GiB", 1024 ** 3],
  ["namesPerHour", "--max-names-per-hour", "5", 5],
  ["claimTime", "--claim-time", "90s", 90_000],
  ["failures", "--max-failures", "9", 9],
  ["banTime", "--ban-time", "1h", 3_600_000],
];

/** Limits that a server may do without, and the value that limits nothing. */
const UNLIMITED: Readonly<Partial<Record<Setting, number>>> = {
  connections: Number.MAX_SAFE_INTEGER,
  memory: Number.MAX_SAFE_INTEGER,
  connectionsPerAddress: Number.MAX_SAFE_INTEGER,
  connectionRate: Number.MAX_SAFE_INTEGER,
  connectionsPerClient: Number.MAX_SAFE_INTEGER,
  strangers: Number.MAX_SAFE_INTEGER,
  leastRate: 0,
  filesPerClient: Number.MAX_SAFE_INTEGER,
  bytesPerClient: Number.MAX_SAFE_INTEGER,
  files: Number.MAX_SAFE_INTEGER,
  bytes: Number.MAX_SAFE_INTEGER,
  freeSpace: 0,
  namesPerHour: Number.MAX_SAFE_INTEGER,
  failures: Number.MAX_SAFE_INTEGER,
};

const { fileSize: _, ...DEFAULTS } = DEFAULT_LIMITS;

/** Parses a command line in an environment with these variables. */
function limitsOf(args: readonly string[], variables: Readonly<Record<string, string>> = {}) {
  const read = readSettings({ limits: LIMITS }, args, (name) => variables[name]);
  ok(read.type === "settings");
  return read.settings;
}

/** What is said of a command line that cannot be. */
function errorOf(args: readonly string[], variables: Readonly<Record<string, string>> = {}) {
  try {
    limitsOf(args, variables);
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
  return fail(`${args.join(" ")} was taken`);
}

Deno.test("without flags and variables the limits are the default ones", () => {
  deepStrictEqual(limitsOf([]), DEFAULTS);
});

Deno.test("there is a flag for each limit", () => {
  const keys = [...SETTINGS.map(([key]) => key), "loopback"];
  deepStrictEqual(keys.sort(), Object.keys(DEFAULTS).sort());
});

for (const [key, flag, text, value] of SETTINGS) {
  Deno.test(`${flag} sets ${key} and nothing else, and so does its variable`, () => {
    deepStrictEqual(limitsOf([flag, text]), { ...DEFAULTS, [key]: value });
    deepStrictEqual(limitsOf([], { [variableOf(flag)]: text }), { ...DEFAULTS, [key]: value });
  });
}

Deno.test("none lifts a limit that is a number or a size, and is no time", () => {
  for (const [key, flag] of SETTINGS) {
    const unlimited = UNLIMITED[key];
    if (unlimited === undefined) match(errorOf([flag, "none"]), /time such as/);
    else strictEqual(limitsOf([flag, "none"])[key], unlimited, flag);
  }
});

Deno.test("a value that is none is refused, with the flag or the variable, and what it was", () => {
  for (const [, flag] of SETTINGS) {
    for (const value of ["many", "-1", "1e3", "99999999999999999999", "5 apples"]) {
      const error = errorOf([flag, value]);
      ok(error.includes(flag) && error.includes(value), error);
      match(errorOf([], { [variableOf(flag)]: value }), new RegExp(variableOf(flag)));
    }
  }
  for (const flag of ["--max-files", "--max-failures"]) {
    for (const value of ["1.5", "1000000000", ""]) errorOf([`${flag}=${value}`]);
  }
});

Deno.test("--limit-loopback is a switch", () => {
  strictEqual(limitsOf(["--limit-loopback"]).loopback, true);
  strictEqual(limitsOf([], { SEALPOST_LIMIT_LOOPBACK: "yes" }).loopback, true);
  strictEqual(limitsOf([], { SEALPOST_LIMIT_LOOPBACK: "0" }).loopback, false);
});
