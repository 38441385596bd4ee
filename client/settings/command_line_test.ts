import { deepStrictEqual, fail, match, ok, strictEqual, throws } from "node:assert/strict";
import denoJson from "../../deno.json" with { type: "json" };
import { UsageError } from "../../shared/settings/read_settings.ts";
import { type ClientRead, readCommandLine } from "./command_line.ts";
import type { AnySettings } from "./commands.ts";
import type { ClientSettings } from "./send_settings.ts";

const DEFAULTS: ClientSettings = {
  command: "send",
  files: [],
  as: undefined,
  dir: undefined,
  server: undefined,
  name: undefined,
  revision: undefined,
  retries: 3,
  retryTime: 90_000,
  timeout: 30_000,
  packetSize: undefined,
  packetDelay: undefined,
  parallel: undefined,
  protocol: "auto",
  onConflict: "ask",
  allowGrowing: false,
  quirks: undefined,
  forget: false,
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

/** Invalid values, and a part of the message. */
const BAD_VALUES: readonly (readonly [flag: string, text: string, said: RegExp])[] = [
  ["--dir", "", /path/],
  ["--server", "example.org", /"example\.org" is not an address; write it as "host:port"/],
  ["--server", "example.org:0", /"0" is out of range; .* 1 to 65535/],
  ["--server", "example.org:99999", /"99999" is out of range/],
  ["--server", "http://example.org:1256", /host:port/],
  ["--server", "a\x7f\x9b\u202e", /a\\u\{7f\}\\u\{9b\}\\u\{202e\}/],
  ["--on-conflict", "overwrite", /"overwrite"/],
  ["--revision", "2025", /2024a.*"2025"/],
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

type Variables = Readonly<Record<string, string>>;

function read(args: readonly string[], variables: Variables = {}): ClientRead {
  return readCommandLine(args, (name) => variables[name]);
}

function anySettingsFrom(args: readonly string[], variables: Variables = {}): AnySettings {
  const found = read(args, variables);
  return found.type === "settings" ? found.settings : fail(`It asked for ${found.type}`);
}

function settingsFrom(args: readonly string[], variables: Variables = {}): ClientSettings {
  const settings = anySettingsFrom(args, variables);
  return settings.command === "send" ? settings : fail("These are the settings of another command");
}

/** The settings from the defaults and what else was set, for comparing. */
function withDefaults(set: Partial<ClientSettings>): ClientSettings {
  return { ...DEFAULTS, ...set };
}

/** The message for an invalid command line. */
function complaint(args: readonly string[], variables: Variables = {}): string {
  try {
    fail(`It was understood: ${JSON.stringify(read(args, variables))}`);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    match(error.message, /^[^\n]+[^.\n]$/);
    return error.message;
  }
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
    deepStrictEqual(settingsFrom(["a"], variables), withDefaults({ ...set, files: ["a"] }));
    const other = { [variable]: "one that does not count" };
    deepStrictEqual(settingsFrom([flag, text], other), withDefaults(set));
  });
}

for (const key of SWITCHES) {
  Deno.test(`readCommandLine() understands --${key}, and the variable for it`, () => {
    deepStrictEqual(settingsFrom([`--${key}`]), withDefaults({ [key]: true }));
    const variables = { [`SEALPOST_${key.toUpperCase()}`]: "yes" };
    deepStrictEqual(
      settingsFrom(["a"], variables),
      withDefaults({ files: ["a"], [key]: true }),
    );
  });
}

for (const [flag, text, said] of BAD_VALUES) {
  Deno.test(`readCommandLine() refuses ${flag} "${text}", and names flag and value`, () => {
    const line = complaint([flag, text]);
    ok(line.includes(flag), line);
    match(line, said);
  });
}

Deno.test("readCommandLine() refuses a variable that is none, and names it and its value", () => {
  for (const args of [[], ["a.txt"], ["--json"], ["send"]]) {
    const line = complaint(args, { SEALPOST_TIMEOUT: "soon" });
    match(line, /SEALPOST_TIMEOUT.*"soon"/, args.join(" "));
  }
});

Deno.test("readCommandLine() refuses flags that are unknown, lack a value or come twice", () => {
  match(complaint(["--bogus"]), /--bogus/);
  match(complaint(["--server"]), /--server.*HOST:PORT/);
  match(complaint(["--retries", "1", "--retries", "2"]), /--retries/);
  match(complaint(["--json=no"]), /--json/);
});

Deno.test("readCommandLine() knows that the version is asked for", () => {
  for (const command of [[], ["send"], ["probe"], ["completions"]]) {
    deepStrictEqual(read([...command, "--version"]), { type: "version" });
  }
});

Deno.test("help of a command may be asked for with --help too", () => {
  deepStrictEqual(read(["help", "--help"]), read(["help"]));
  deepStrictEqual(read(["help", "get", "-h"]), read(["help", "get"]));
});

Deno.test("help of something that is no command names the one that is meant", () => {
  strictEqual(
    complaint(["help", "docter"]),
    'There is no command "docter"; perhaps you mean "doctor"',
  );
  match(complaint(["help", "send", "a.txt"]), /There is no command "send a\.txt"; /);
  match(
    complaint(["help", "\x9b"]),
    /There is no command "\\u\{9b\}"; "help" alone lists them/,
  );
  deepStrictEqual(settingsFrom(["send", "help"]).files, ["help"]);
});

Deno.test("devices lists them without a word that says what to do", () => {
  for (const [args, action] of [[[], "list"], [["--json"], "list"], [["add"], "add"]] as const) {
    const settings = anySettingsFrom(["devices", ...args]);
    strictEqual(settings.command === "devices" && settings.action, action);
  }
  match(complaint(["devices", "ad"]), /ACTION: Expected one of add, list, remove/);
});

Deno.test("The task of the client may read every variable that is asked for", () => {
  const asked = new Set<string>();
  readCommandLine(["a.txt"], (name) => void asked.add(name));
  match(denoJson.tasks.client.command, / -E='SEALPOST_\*,/);
  strictEqual(asked.size, 19);
  deepStrictEqual([...asked].filter((name) => !name.startsWith("SEALPOST_")), []);
});

Deno.test("probe takes a server and how to print, and no other flag", () => {
  deepStrictEqual(anySettingsFrom(["probe", "[::1]:1256", "--json", "--timeout", "2s"]), {
    command: "probe",
    dir: undefined,
    server: { host: "::1", port: 1256 },
    timeout: 2_000,
    json: true,
    quiet: false,
    verbose: false,
  });
  const wrongs = [["probe"], ["probe", "nowhere"], ["probe", "a:1", "b:2"]];
  for (const wrong of [...wrongs, ["--compat", "per-packet-crc"]]) {
    throws(() => read(wrong), UsageError);
  }
});
