import { deepStrictEqual, match, ok } from "node:assert/strict";
import { UsageError } from "../../shared/settings/read_settings.ts";
import { defaultsOf } from "../../shared/settings/setting.ts";
import { DEFAULT_LIMITS } from "./limit_settings.ts";
import { readCommandLine, serverCommand, type ServerSettings } from "./server_settings.ts";

const { fileSize: _, ...LIMITS } = DEFAULT_LIMITS;

const DEFAULTS: ServerSettings = {
  ...LIMITS,
  strict: false,
  host: "*",
  port: undefined,
  portFile: "./port.info",
  listen: [],
  protocols: "3,4",
  hostnames: [],
  proxies: [],
  certificate: undefined,
  key: undefined,
  registration: "open",
  uploadTime: 7 * 86_400_000,
  http: undefined,
  downloads: undefined,
  title: undefined,
  notice: undefined,
  data: "./data",
  database: undefined,
  databaseDirect: undefined,
  databasePasswordFile: undefined,
  databaseTimeout: 60_000,
  storePlace: undefined,
  storeKeys: undefined,
  storeTimeout: 30_000,
  garbageTime: 3_600_000,
  spool: undefined,
  revision: "auto",
  maxFileSize: 4 * 1024 ** 3,
  keepUnverified: "yes",
  grace: 10_000,
  logLevel: "info",
  logFormat: "pretty",
};

/** Every flag with a value, its variable, and the parsed value. */
const FLAGS: readonly (readonly [
  flag: string,
  variable: string,
  value: string,
  Partial<ServerSettings>,
])[] = [
  ["--host", "SEALPOST_HOST", "::1", { host: "::1" }],
  ["--host", "SEALPOST_HOST", "[::1]", { host: "::1" }],
  ["--port", "SEALPOST_PORT", "1357", { port: 1357 }],
  ["--port", "SEALPOST_PORT", "0", { port: 0 }],
  ["--port-file", "SEALPOST_PORT_FILE", "p.info", { portFile: "p.info" }],
  ["--listen", "SEALPOST_LISTEN", "h:1", { listen: [{ host: "h", port: 1 }] }],
  ["--listen", "SEALPOST_LISTEN", "*:1", { listen: [{ host: "*", port: 1 }] }],
  ["--listen", "SEALPOST_LISTEN", "*:1=4", { listen: [{ host: "*", port: 1, protocols: "4" }] }],
  ["--protocols", "SEALPOST_PROTOCOLS", "4", { protocols: "4" }],
  ["--protocols", "SEALPOST_PROTOCOLS", "3,4", { protocols: "3,4" }],
  ["--certificate", "SEALPOST_CERTIFICATE", "c.pem", { certificate: "c.pem" }],
  ["--key", "SEALPOST_KEY", "k.pem", { key: "k.pem" }],
  ["--registration", "SEALPOST_REGISTRATION", "invite", { registration: "invite" }],
  ["--upload-time", "SEALPOST_UPLOAD_TIME", "48h", { uploadTime: 172_800_000 }],
  ["--spool", "SEALPOST_SPOOL", "/srv/s", { spool: "/srv/s" }],
  ["--store-keys", "SEALPOST_STORE_KEYS", "k", { storeKeys: "k" }],
  ["--store-timeout", "SEALPOST_STORE_TIMEOUT", "5s", { storeTimeout: 5_000 }],
  ["--garbage-time", "SEALPOST_GARBAGE_TIME", "2h", { garbageTime: 7_200_000 }],
  ["--hostname", "SEALPOST_HOSTNAME", "A.example", { hostnames: ["a.example"] }],
  ["--proxy-protocol-from", "SEALPOST_PROXY_PROTOCOL_FROM", "10.0.0.0/8", {
    proxies: [{ address: "10.0.0.0", bits: 8 }],
  }],
  ["--http", "SEALPOST_HTTP", "[::1]:0", { http: { host: "::1", port: 0 } }],
  ["--http", "SEALPOST_HTTP", "h:8256", { http: { host: "h", port: 8256 } }],
  ["--downloads", "SEALPOST_DOWNLOADS", "/srv/r", { downloads: "/srv/r" }],
  ["--title", "SEALPOST_TITLE", " The course's server ", { title: "The course's server" }],
  ["--notice", "SEALPOST_NOTICE", "One.\r\nTwo <b>&\n", { notice: "One.\nTwo <b>&" }],
  ["--data", "SEALPOST_DATA", "/srv/data", { data: "/srv/data" }],
  ["--database", "SEALPOST_DATABASE", ":memory:", { database: ":memory:" }],
  ["--revision", "SEALPOST_REVISION", "2023c", { revision: "2023c" }],
  ["--revision", "SEALPOST_REVISION", "auto", { revision: "auto" }],
  ["--max-file-size", "SEALPOST_MAX_FILE_SIZE", "1.5MiB", { maxFileSize: 1_572_864 }],
  ["--grace", "SEALPOST_GRACE", "500ms", { grace: 500 }],
  ["--grace", "SEALPOST_GRACE", "0", { grace: 0 }],
  ["--upload-time", "SEALPOST_UPLOAD_TIME", "2d", { uploadTime: 172_800_000 }],
  ["--log-level", "SEALPOST_LOG_LEVEL", "debug", { logLevel: "debug" }],
  ["--log-format", "SEALPOST_LOG_FORMAT", "json", { logFormat: "json" }],
];

/** Values that are none, by flag. */
const WRONG: Readonly<Record<string, readonly string[]>> = {
  "--port": ["65536", "-1", "12560000", "1e3", "port", "1256.5", ""],
  "--revision": ["2024b", "", "AUTO"],
  "--listen": ["", "1256", "h:", "h:65536", "h:1=2024b", "::1:1256", "[h]:1", "h:1=", "h:1 =auto"],
  "--http": ["", "8256", "h:", "h:65536", "h:1=2024a", "http://h:1"],
  "--downloads": [""],
  "--max-file-size": ["0", "-1", "big", "4 apples"],
  "--grace": ["-1s", "soon", "25h"],
  "--registration": ["all", ""],
  "--upload-time": ["1w", "0s"],
  "--log-level": ["chatty", "warn"],
  "--log-format": ["xml"],
  "--port-file": [""],
  "--data": [""],
  "--database": [""],
};

/** Parses a command line. Returns its settings, the printed text, or the error. */
interface Outcome {
  readonly settings: ServerSettings | undefined;
  readonly stdout: string;
  readonly complaint: string;
}

function read(
  args: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): Outcome {
  let stdout = "";
  try {
    const settings = readCommandLine(args, {
      home: ".",
      env: (name) => variables[name],
      version: "1.2.3",
      stdout: (text) => stdout += text,
      colors: false,
      columns: 80,
    });
    return { settings, stdout, complaint: "" };
  } catch (thrown) {
    if (!(thrown instanceof UsageError)) throw thrown;
    return { settings: undefined, stdout, complaint: thrown.message };
  }
}

/** Asserts that the command line gives these settings and prints nothing. */
function assertRead(outcome: Outcome, expected: Partial<ServerSettings>, what?: string): void {
  const settings = { ...DEFAULTS, ...expected };
  deepStrictEqual(outcome, { settings, stdout: "", complaint: "" }, what);
}

/** Asserts that the command line is refused in one line that has all `parts` in it. */
function assertRefused(
  { settings, stdout, complaint }: Outcome,
  ...parts: readonly string[]
): void {
  deepStrictEqual([settings, stdout], [undefined, ""], parts.join(" "));
  match(complaint, /^[^\n]+[^\n.]$/);
  for (const part of parts) ok(complaint.includes(part), `${part} is not in ${complaint}`);
}

Deno.test("without flags and variables the settings are those of the documents", () => {
  assertRead(read([]), {});
});

for (const [flag, variable, value, expected] of FLAGS) {
  Deno.test(`${flag} ${value} and ${variable}=${value} say the same`, () => {
    assertRead(read([flag, value]), expected);
    assertRead(read([`${flag}=${value}`]), expected);
    assertRead(read([], { [variable]: value }), expected);
    assertRead(read([], { [variable]: "" }), {});
  });
}

Deno.test("a flag counts more than its variable, whatever that holds", () => {
  for (const [flag, variable, value, expected] of FLAGS) {
    assertRead(read([flag, value], { [variable]: "junk:junk" }), expected, flag);
  }
});

Deno.test("--listen takes names, IPv4, IPv6 in brackets, a revision; many times", () => {
  const forms = [
    ["localhost:1256", { host: "localhost", port: 1256 }],
    ["127.0.0.1:0", { host: "127.0.0.1", port: 0 }],
    ["[::1]:1357=2023c", { host: "::1", port: 1357, revision: "2023c", protocols: "3" }],
    ["h:2=4", { host: "h", port: 2, protocols: "4" }],
    ["[::ffff:127.0.0.1]:1=auto", { host: "::ffff:127.0.0.1", port: 1, revision: "auto" }],
  ] as const;
  const listen = forms.map(([, address]) => address);
  assertRead(read(forms.flatMap(([text]) => ["--listen", text])), { listen });
  const list = forms.map(([text]) => text).join(", ");
  assertRead(read([], { SEALPOST_LISTEN: list }), { listen });
  const both = read(["--listen", "h:1"], { SEALPOST_LISTEN: list });
  assertRead(both, { listen: [{ host: "h", port: 1 }] });
});

for (const [flag, values] of Object.entries(WRONG)) {
  Deno.test(`${flag} with a value that is none is refused in one line that names both`, () => {
    const variable = `SEALPOST_${flag.slice(2).replaceAll("-", "_").toUpperCase()}`;
    for (const value of values) {
      const quoted = value === "" ? "" : `"${value}"`;
      assertRefused(read([`${flag}=${value}`]), flag, quoted);
      if (value === "") continue;
      assertRefused(read([], { [variable]: value }), variable, quoted);
    }
  });
}

Deno.test("a flag that is not known, repeated or without its value is refused in one line", () => {
  assertRefused(read(["--prot", "1"]), "--prot");
  assertRefused(read(["--port"]), "--port");
  assertRefused(read(["--port", "1", "--port", "2"]), "--port");
  assertRefused(read(["file.txt"]), "file.txt");
});

Deno.test("--help names every flag with its variable and its default", () => {
  const { stdout } = read(["--help"]);
  // Where lines break does not matter.
  const text = stdout.replaceAll(/\s+/g, " ");
  for (const [flag, variable] of FLAGS) {
    ok(text.includes(` ${flag} `), flag);
    ok(text.includes(variable), variable);
  }
  for (const usual of ["*", "./port.info", "./data", "4GiB", "10s", "info", "pretty"]) {
    ok(text.includes(`(default: ${usual})`), usual);
  }
  for (const line of stdout.split("\n")) ok(line.length <= 80, line);
});

Deno.test("--version prints the version", () => {
  deepStrictEqual(read(["--version"]), {
    settings: undefined,
    stdout: "1.2.3\n",
    complaint: "",
  });
});

Deno.test("What nobody named is in the folder that the server was started in", () => {
  const command = serverCommand("/opt/sealpost");
  const { portFile } = defaultsOf(command["Where to listen"]);
  const { data } = defaultsOf(command["What to keep"]);
  deepStrictEqual([portFile, data], ["/opt/sealpost/port.info", "/opt/sealpost/data"]);
});

Deno.test("A title or notice that cannot be shown is refused with the reason", () => {
  for (
    const [args, reason] of [
      [["--title", " "], "is empty"],
      [["--title", "a\nb"], "has several lines"],
      [["--title", "a\x1b[1m"], "has a control character in it"],
      [["--title", "a\u202eb"], "has a control character in it"],
      [["--title", "x".repeat(101)], "has 101 characters, and there is room for 100"],
      [["--notice", "\n"], "is empty"],
      [["--notice", "a\0b"], "has a control character in it"],
      [["--notice", "x".repeat(2001)], "has 2001 characters, and there is room for 2000"],
    ] as const
  ) {
    assertRefused(read(args), args[0], reason);
  }
});
