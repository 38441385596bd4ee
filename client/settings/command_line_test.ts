import {
  deepStrictEqual,
  doesNotMatch,
  fail,
  match,
  ok,
  strictEqual,
  throws,
} from "node:assert/strict";
import denoJson from "../../deno.json" with { type: "json" };
import { type AnySettings, readCommandLine } from "./command_line.ts";
import type { ClientSettings } from "./send_settings.ts";

/** What the settings are when nobody sets anything. */
const DEFAULTS: ClientSettings = {
  command: "send",
  files: [],
  dir: undefined,
  server: undefined,
  name: undefined,
  revision: "auto",
  retries: 3,
  retryTime: 90_000,
  timeout: 30_000,
  packetSize: undefined,
  packetDelay: 0,
  parallel: undefined,
  onConflict: "refuse",
  allowGrowing: false,
  quirks: new Set(),
  json: false,
  quiet: false,
  verbose: false,
};

/** Each flag with a value, and what it sets. */
const VALUES: readonly (readonly [flag: string, text: string, set: Partial<ClientSettings>])[] = [
  ["--dir", "/home/me", { dir: "/home/me" }],
  ["--server", "example.org:1256", { server: { host: "example.org", port: 1256 } }],
  ["--server", "[::1]:65535", { server: { host: "::1", port: 65535 } }],
  ["--name", "Michael Jackson", { name: "Michael Jackson" }],
  ["--packet-delay", "20ms", { packetDelay: 20 }],
  ["--parallel", "3", { parallel: 3 }],
  ["--on-conflict", "refuse", { onConflict: "refuse" }],
  ["--on-conflict", "rename", { onConflict: "rename" }],
  ["--compat", "pad-last", { quirks: new Set(["pad-last"] as const) }],
  ["--compat", "per-packet-cbc, per-packet-crc", {
    quirks: new Set(["per-packet-cbc", "per-packet-crc"] as const),
  }],
  ["--revision", "auto", { revision: "auto" }],
  ["--revision", "2022c", { revision: "2022c" }],
  ["--revision", "2023a", { revision: "2023a" }],
  ["--revision", "2023c", { revision: "2023c" }],
  ["--revision", "2024a", { revision: "2024a" }],
  ["--revision", "2024c", { revision: "2024c" }],
  ["--retries", "0", { retries: 0 }],
  ["--retries", "1000", { retries: 1000 }],
  ["--retry-time", "0", { retryTime: 0 }],
  ["--retry-time", "10m", { retryTime: 600_000 }],
  ["--timeout", "1ms", { timeout: 1 }],
  ["--timeout", "10", { timeout: 10_000 }],
  ["--timeout", "24h", { timeout: 86_400_000 }],
  ["--packet-size", "1", { packetSize: 1 }],
  ["--packet-size", "64KiB", { packetSize: 65_536 }],
];

/** Values that cannot be, and a part of what is said of them. */
const BAD_VALUES: readonly (readonly [flag: string, text: string, said: RegExp])[] = [
  ["--dir", "", /path/],
  ["--server", "example.org", /"example\.org" is not an address; write it as "host:port"/],
  ["--server", "example.org:0", /"0" is out of range; .* 1 to 65535/],
  ["--server", "example.org:99999", /"99999" is out of range/],
  ["--server", "http://example.org:1256", /host:port/],
  ["--server", "a\x7f\x9b\u202e", /a\\u\{7f\}\\u\{9b\}\\u\{202e\}/],
  ["--on-conflict", "replace", /"replace"/],
  ["--revision", "2025", /"2024a".*"2025"/],
  ["--retries", "-1", /"-1"/],
  ["--retries", "1001", /1,?000.*"1001"/],
  ["--retries", "some", /"some"/],
  ["--timeout", "0", /10s.*"0"/],
  ["--timeout", "25h", /from 1ms to 24h.*"25h"/],
  ["--timeout", "soon", /"soon"/],
  ["--packet-size", "0", /64KiB.*"0"/],
  ["--packet-size", "4GiB", /from 1 B to 4294966271 B.*"4GiB"/],
];

const SWITCHES = ["json", "quiet", "verbose"] as const;

/** Thrown in place of ending the program. */
class Exit extends Error {
  constructor(readonly code: number) {
    super(`The program ended with ${code}`);
  }
}

interface Surroundings {
  readonly variables?: Readonly<Record<string, string>>;
  readonly colors?: boolean;
  readonly stdout?: (text: string) => void;
  readonly stderr?: (text: string) => void;
}

function settingsFrom(
  args: readonly string[],
  { variables = {}, colors = false, stdout = neverPrinted, stderr = neverPrinted }: Surroundings =
    {},
): ClientSettings {
  const settings = anySettingsFrom(args, { variables, colors, stdout, stderr });
  if (settings.command === "send") return settings;
  return fail("These are the settings of another command");
}

function anySettingsFrom(
  args: readonly string[],
  { variables = {}, colors = false, stdout = neverPrinted, stderr = neverPrinted }: Surroundings =
    {},
): AnySettings {
  return readCommandLine(args, {
    env: (name) => variables[name],
    version: "1.2.3",
    stdout,
    stderr,
    colors,
    columns: 100,
    onExit(code) {
      throw new Exit(code);
    },
  });
}

function neverPrinted(text: string): never {
  fail(`Printed: ${text}`);
}

/** The settings from the defaults and what else was set, for comparing. */
function withDefaults(set: Partial<ClientSettings>): ClientSettings {
  return { ...DEFAULTS, ...set };
}

/** Reads a command line that ends the program: with which code, and what is printed where. */
function ending(
  args: readonly string[],
  surroundings: Surroundings = {},
): { readonly code: number; readonly out: string; readonly err: string } {
  let out = "";
  let err = "";
  try {
    const settings = settingsFrom(args, {
      ...surroundings,
      stdout: (text) => out += text,
      stderr: (text) => err += text,
    });
    fail(`It was understood: ${JSON.stringify(settings)}`);
  } catch (exit) {
    if (!(exit instanceof Exit)) throw exit;
    return { code: exit.code, out, err };
  }
}

/** The same for one that is not understood: what is printed of it on standard error. */
function complaint(args: readonly string[], surroundings: Surroundings = {}): string {
  const { code, out, err } = ending(args, surroundings);
  strictEqual(code, 2);
  strictEqual(out, "");
  match(err, /^error: [^\n]+[^.\n]\n$/);
  return err;
}

Deno.test("readCommandLine() takes no arguments at all for the batch mode", () => {
  deepStrictEqual(settingsFrom([]), DEFAULTS);
});

Deno.test("readCommandLine() takes arguments for files, in their order", () => {
  deepStrictEqual(settingsFrom(["b.txt", "a.txt", "-"]).files, ["b.txt", "a.txt", "-"]);
  deepStrictEqual(
    settingsFrom(["a", "--json", "b"]),
    withDefaults({ files: ["a", "b"], json: true }),
  );
  deepStrictEqual(settingsFrom(["--", "--json"]), withDefaults({ files: ["--json"] }));
});

Deno.test("readCommandLine() lets the word send stand in front, and nowhere else", () => {
  deepStrictEqual(settingsFrom(["send"]), DEFAULTS);
  deepStrictEqual(
    settingsFrom(["send", "a", "--quiet"]),
    withDefaults({ files: ["a"], quiet: true }),
  );
  deepStrictEqual(settingsFrom(["send", "send"]).files, ["send"]);
  deepStrictEqual(settingsFrom(["a", "send"]).files, ["a", "send"]);
  deepStrictEqual(
    settingsFrom(["--json", "send", "a"]),
    withDefaults({ files: ["send", "a"], json: true }),
  );
});

for (const [flag, text, set] of VALUES) {
  Deno.test(`readCommandLine() understands ${flag} ${text}, and the variable for it`, () => {
    const variable = `SEALPOST_${flag.slice(2).replaceAll("-", "_").toUpperCase()}`;
    deepStrictEqual(settingsFrom([flag, text]), withDefaults(set));
    deepStrictEqual(settingsFrom([`${flag}=${text}`, "a"]), withDefaults({ ...set, files: ["a"] }));
    const variables = { [variable]: text };
    deepStrictEqual(settingsFrom(["a"], { variables }), withDefaults({ ...set, files: ["a"] }));
    const other = { [variable]: "one that does not count" };
    deepStrictEqual(settingsFrom([flag, text], { variables: other }), withDefaults(set));
  });
}

for (const key of SWITCHES) {
  Deno.test(`readCommandLine() understands --${key}, and the variable for it`, () => {
    deepStrictEqual(settingsFrom([`--${key}`]), withDefaults({ [key]: true }));
    const variables = { [`SEALPOST_${key.toUpperCase()}`]: "yes" };
    deepStrictEqual(
      settingsFrom(["a"], { variables }),
      withDefaults({ files: ["a"], [key]: true }),
    );
  });
}

for (const [flag, text, said] of BAD_VALUES) {
  Deno.test(`readCommandLine() refuses ${flag} "${text}" with 2, and names flag and value`, () => {
    const line = complaint([flag, text]);
    ok(line.includes(flag), line);
    match(line, said);
  });
}

Deno.test("readCommandLine() refuses a variable that is none with 2, and names it and its value", () => {
  for (const args of [[], ["a.txt"], ["--json"], ["send"]]) {
    const line = complaint(args, { variables: { SEALPOST_TIMEOUT: "soon" } });
    match(line, /SEALPOST_TIMEOUT.*"soon"/, args.join(" "));
  }
});

Deno.test("readCommandLine() refuses flags that are unknown, lack a value or come twice", () => {
  match(complaint(["--bogus"]), /--bogus/);
  match(complaint(["--server"]), /--server.*HOST:PORT/);
  match(complaint(["--retries", "1", "--retries", "2"]), /--retries/);
  match(complaint(["--json=no"]), /--json/);
});

Deno.test("readCommandLine() prints the version for --version, and ends with 0", () => {
  deepStrictEqual(ending(["--version"]), { code: 0, out: "1.2.3\n", err: "" });
});

Deno.test("The help text names each flag, its variable, its default and the exit codes", () => {
  const { code, out, err } = ending(["--help"]);
  strictEqual(code, 0);
  strictEqual(err, "");
  for (const flag of [...VALUES.map(([flag]) => flag), ...SWITCHES.map((key) => `--${key}`)]) {
    ok(out.includes(`  ${flag} `), flag);
    ok(out.includes(`SEALPOST_${flag.slice(2).replaceAll("-", "_").toUpperCase()}`), flag);
  }
  match(out, /FILE/);
  for (const fallback of ["auto", "3", "30s"]) {
    match(out.replaceAll(/\s+/g, " "), new RegExp(`\\(default: ${fallback}\\)`));
  }
  match(
    out.replaceAll(/\s+/g, " "),
    /0 sent.* 1 .*failed.* 2 usage.* 3 no connection.* 4 .*refused/,
  );
  match(out, /^Usage: .* \[send\] \[FILE\.\.\.\] \[OPTION\.\.\.\]\n/);
  deepStrictEqual(ending(["-h"]), { code, out, err });
});

/** What the help of a command has, and has not. */
const HELP_OF = {
  probe: {
    has: [/^Usage: \S+ \S+ \S+ probe HOST:PORT/, /"certain" \(false/, /--timeout/, / 3 no/],
    not: /--retries|SIZE/,
  },
  doctor: {
    has: [/^Usage: .* doctor \[/, /"checks": of each/, /--dir/, / 4 the server/],
    not: /--retries|SIZE|FILE/,
  },
  identity: {
    has: [/^Usage: .* identity move OLD NEW \[/, /"moved"/, /--dir/, / 2 usage/],
    not: /--retries|SIZE|TIME/,
  },
  completions: {
    has: [/^Usage: .* completions SHELL\n/, /fish/, / 2 usage/],
    not: /--json|TIME|SIZE/,
  },
} as const;

for (const [command, { has, not }] of Object.entries(HELP_OF)) {
  Deno.test(`${command} has help of its own, with its usage, flags, results and exit codes`, () => {
    const { code, out, err } = ending([command, "--help"]);
    deepStrictEqual({ code, err }, { code: 0, err: "" });
    for (const part of has) {
      match(
        out.replaceAll(/(?<!\n)\n +|\n(?=\S)/g, (all) => all.startsWith("\n ") ? " " : "\n"),
        part,
      );
    }
    doesNotMatch(out, not);
    deepStrictEqual(ending(["help", command]), { code, out, err });
  });
}

Deno.test("help is the help, and that of a command", () => {
  const usual = ending(["--help"]);
  for (const args of [["help"], ["help", "send"], ["help", "help"]]) {
    deepStrictEqual(ending(args), usual);
  }
  strictEqual(
    complaint(["help", "docter"]),
    'error: There is no command "docter"; perhaps you mean "doctor"\n',
  );
  match(complaint(["help", "send", "a.txt"]), /There is no command "send a\.txt"; /);
  match(
    complaint(["help", "\x9b"]),
    /There is no command "\\u\{9b\}"; "deno task client help" lists them/,
  );
  deepStrictEqual(settingsFrom(["send", "help"]).files, ["help"]);
});

Deno.test("The help text has colours only where they are wanted, and complaints never", () => {
  for (const colors of [true, false]) {
    strictEqual(ending(["--help"], { colors }).out.includes("\x1b["), colors);
    strictEqual(ending(["--bogus"], { colors }).err.includes("\x1b["), false);
  }
});

Deno.test("The task of the client may read every variable that is asked for", () => {
  const asked = new Set<string>();
  readCommandLine(["a.txt"], {
    env: (name) => void asked.add(name),
    version: "1.2.3",
    stdout: neverPrinted,
    stderr: neverPrinted,
    colors: false,
    columns: undefined,
    onExit: (code) => fail(`The program ended with ${code}`),
  });
  match(denoJson.tasks.client.command, / -E='SEALPOST_\*,/);
  strictEqual(asked.size, 16);
  deepStrictEqual([...asked].filter((name) => !name.startsWith("SEALPOST_")), []);
});

Deno.test("probe takes a server and what is to be shown, and nothing that makes no sense is taken", () => {
  deepStrictEqual(anySettingsFrom(["probe", "[::1]:1256", "--json", "--timeout", "2s"]), {
    command: "probe",
    server: { host: "::1", port: 1256 },
    timeout: 2_000,
    json: true,
    quiet: false,
    verbose: false,
  });
  const wrongs = [["probe"], ["probe", "nowhere"], ["probe", "a:1", "b:2"]];
  for (const wrong of [...wrongs, ["--compat", "per-packet-crc"]]) {
    throws(() => anySettingsFrom(wrong, { stderr: () => {} }), new Exit(2));
  }
});
