import { deepStrictEqual, doesNotMatch, match, ok, strictEqual } from "node:assert/strict";
import type { Logger } from "@logtape/logtape";
import fc from "fast-check";
import { ANY_CHARACTER } from "../../tests/chance/any_character.ts";
import { addressKey } from "../listening/admission/peer_addresses.ts";
import { LOG_FORMATS, LOG_LEVELS, type LogFormat, type LogLevelName, openLog } from "./log.ts";
import { SYSTEM_CLOCK } from "../system_clock.ts";

/** All characters that are invisible, move the cursor, or change the direction of writing. */
const NOT_SHOWN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;

/** Characters that have forged lines elsewhere, and those that both formats use themselves. */
const HOSTILE = [
  ...[
    "\n",
    "\r",
    "\t",
    "\0",
    "\b",
    "\x1b[2K\x1b[31m",
    "\x7f",
    "\x9b1m",
    "\x85",
    "\u2028",
    "\u2029",
  ],
  ...["\u034f", "\u115f", "\u17b4", "\u180b", "\u3164", "\ufe0f", "\uffa0", "\u{e0100}"],
  ...["\u202e", "\u2066", "\u200b", "\u200e", "\ufeff", "\u00ad", "\u{e0001}", "\u{1d173}"],
  ...["'", '"', "`", "\\", "{", "}", "{file}", "%s", "\\u202e", "\ud800", "é", "漢", "🦭"],
];

const anyName = fc.oneof(
  fc.string({ unit: ANY_CHARACTER, maxLength: 40 }),
  fc.array(fc.constantFrom(...HOSTILE, "a", " "), { maxLength: 12 }).map((parts) => parts.join("")),
);

/** Some names, and each of the hostile characters by itself at least once. */
const anyNames = fc.array(anyName, { maxLength: 20 }).map((names) => [...names, ...HOSTILE]);

const ID = "64f3f63985f04beb81a0e43321880182";

/** The lines that `say` leads to. */
async function linesOf(
  { format, level = "debug", colors = false }: {
    readonly format: LogFormat;
    readonly level?: LogLevelName;
    readonly colors?: boolean;
  },
  say: (log: Logger) => void,
): Promise<readonly string[]> {
  const lines: string[] = [];
  say(
    await openLog({
      format,
      level,
      colors,
      addressKey,
      clock: SYSTEM_CLOCK,
      write: (line) => lines.push(line),
    }),
  );
  return lines;
}

/** Says each name as the server says that of a file. */
async function linesAbout(names: readonly string[], format: LogFormat, colors = false) {
  return await linesOf({ format, colors }, (log) => {
    for (const file of names) log.info("Stored {file}: {size} bytes, verified", { file, size: 3 });
  });
}

for (const format of LOG_FORMATS) {
  Deno.test(`a ${format} line shows nothing invisible, whatever a client is called`, async () => {
    await fc.assert(fc.asyncProperty(anyNames, async (names) => {
      const lines = await linesAbout(names, format);
      strictEqual(lines.length, names.length);
      for (const line of lines) {
        ok(line.endsWith("\n"));
        doesNotMatch(line.slice(0, -1), NOT_SHOWN);
      }
    }));
  });
}

Deno.test("a json line is JSON, and has the name to the letter", async () => {
  await fc.assert(fc.asyncProperty(anyNames, async (names) => {
    const lines = (await linesAbout(names, "json")).map((line) => JSON.parse(line));
    deepStrictEqual(lines.map(({ file }) => file), names);
    ok(lines.every(({ size, level }) => size === 3 && level === "INFO"));
  }));
});

Deno.test("a json line holds message, level and properties side by side", async () => {
  const [line = ""] = await linesOf(
    { format: "json" },
    (log) => log.with({ connection: 7 }).warn("Refused {request}", { request: "file" }),
  );
  const { "@timestamp": time, ...rest } = JSON.parse(line);
  ok(Number.isFinite(Date.parse(time)));
  deepStrictEqual(rest, {
    level: "WARN",
    logger: "sealpost.server",
    message: 'Refused "file"',
    connection: 7,
    request: "file",
  });
});

Deno.test("a pretty line has the connection before its message, and names in quotes", async () => {
  const [first = "", second = ""] = await linesOf({ format: "pretty" }, (log) => {
    log.with({ connection: 7 }).info("Stored {file}: {size} bytes", { file: "a b", size: 3 });
    log.info("Stopped");
  });
  match(first, /^\S+\s+info\s+#7 Stored 'a b': 3 bytes\n$/);
  match(second, /^\S+\s+info\s+Stopped\n$/);
});

Deno.test("a pretty line begins with date, time and offset from UTC", async () => {
  const before = Date.now();
  const [line = ""] = await linesOf({ format: "pretty" }, (log) => log.info("Stopped"));
  const [, time = ""] = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d) /.exec(line) ?? [];
  const told = Date.parse(time);
  ok(told >= before && told <= Date.now(), line);
});

Deno.test("a pretty line says whom it is about, before anything that a client chose", async () => {
  const lines = await linesOf({ format: "pretty" }, (log) => {
    const connection = log.with({ connection: 7, address: "192.0.2.7" });
    connection.info("The connection was lost");
    const client = connection.with({ client: "64f3…" });
    client.info("{name} registered", { name: "Bo" });
    client.with({ name: "#8 192.0.2.8 'x'" }).info("Stored {file}", { file: "a" });
  });
  deepStrictEqual(lines.map((line) => line.slice(line.indexOf("#"))), [
    "#7 192.0.2.7: The connection was lost\n",
    "#7 192.0.2.7 64f3…: 'Bo' registered\n",
    `#7 192.0.2.7 64f3… "#8 192.0.2.8 'x'": Stored 'a'\n`,
  ]);
});

Deno.test("a pretty line ends with numbers that its message lacks, except zeros", async () => {
  const [last = "", refused = "", stored = ""] = await linesOf({ format: "pretty" }, (log) => {
    log.info("Stopped", { connections: 3, "files-stored": 2, "refused.banned": 0 });
    log.with({ connection: 7 }).warn("Closed: {reason}", { reason: "banned", unsaid: 12 });
    log.info("Stored {file}: {size} bytes", { file: "a", size: 3 });
  });
  match(last, / info +Stopped \(connections 3, files-stored 2\)\n$/);
  match(refused, /#7 Closed: 'banned' \(unsaid 12\)\n$/);
  match(stored, /: 3 bytes\n$/);
});

Deno.test("a name cannot end its quotes", async () => {
  const names = ["a': 9 bytes, verified", 'b": 9 bytes', "c`: 9 bytes", "d\\", "e'\"`: 9"];
  for (const line of await linesAbout(names, "pretty")) {
    match(line, /Stored (['"`])(?:(?!\1)[^\\]|\\.)*\1: 3 bytes, verified\n$/);
  }
});

Deno.test("with colours a name adds no escape sequence of its own", async () => {
  const escapes = (line = "") => line.split("\x1b").length;
  const [plain, ...hostile] = await linesAbout(
    ["a", "\x1b[31ma", "\x9b31m", "\x1b]0;a\x07"],
    "pretty",
    true,
  );
  ok(escapes(plain) > 1);
  for (const line of hostile) strictEqual(escapes(line), escapes(plain));
  const [none] = await linesAbout(["a"], "pretty", false);
  strictEqual(escapes(none), 1);
});

for (const format of LOG_FORMATS) {
  Deno.test(`a ${format} line has four digits of an id, wherever it stands`, async () => {
    const lines = await linesOf({ format }, (log) => {
      log.warn("Cannot make {path}", { path: `/srv/data/received_files/${ID}` });
      log.warn("Cannot open {path}", {
        path: `received_files/${ID}/a.txt and received_files/${ID}/b`,
      });
      log.with({ client: ID }).error("Failed: {error}", {
        error: new Error(`No room for ${ID}.part`),
      });
    });
    strictEqual(lines.length, 3);
    for (const line of lines) {
      ok(!line.includes(ID.slice(4, 12)), line);
      match(line, /64f3…/);
    }
    match(lines[1] ?? "", /received_files\/64f3…\/a\.txt and received_files\/64f3…\/b/);
  });
}

for (const format of LOG_FORMATS) {
  Deno.test(`a ${format} line has four digits of an id beside an escaped character`, async () => {
    const beside = [
      "\n",
      "\r",
      "\t",
      "\b",
      "\f",
      "\\",
      "'",
      '"',
      "\u202e",
      "\u{e0001}",
      "é",
      "g",
      "_",
    ];
    const names = beside.flatMap((character) => [`${character}${ID}`, `${ID}${character}`]);
    for (const line of await linesAbout(names, format)) {
      ok(!line.includes(ID.slice(4, 12)), line);
      match(line, /64f3…/);
    }
  });
}

Deno.test("the text of a fault and its stack are one line, whatever they say", async () => {
  const error = new Error(
    "No \x1b[31m \u009b2K\n09:00:00.000  info  Stored 'a': 3 bytes, verified",
  );
  const facts = { detail: error.message, stack: error.stack };
  for (const format of LOG_FORMATS) {
    const lines = await linesOf({ format }, (log) => log.error("It failed: {detail}", facts));
    strictEqual(lines.length, 1);
    const [line = ""] = lines;
    doesNotMatch(line.slice(0, -1), NOT_SHOWN);
    if (format === "json") strictEqual(JSON.parse(line).stack, error.stack);
  }
});

Deno.test("ids are told from other hexadecimal digits by their length", async () => {
  const digests = ["64f3f639", ID.slice(1), `${ID}${ID}`];
  const lines = await linesAbout(digests, "json");
  for (const [at, line] of lines.entries()) strictEqual(JSON.parse(line).file, digests[at]);
});

Deno.test("a level lets through itself and what is more important", async () => {
  for (const [at, level] of LOG_LEVELS.entries()) {
    const lines = await linesOf({ format: "json", level }, (log) => {
      log.debug("debug");
      log.info("info");
      log.warn("warning");
      log.error("error");
    });
    deepStrictEqual(lines.map((line) => JSON.parse(line).message), LOG_LEVELS.slice(at));
  }
});

Deno.test("openLog() takes the place of an earlier log", async () => {
  const earlier: string[] = [];
  const options = {
    level: "info",
    format: "json",
    colors: false,
    addressKey,
    clock: SYSTEM_CLOCK,
  } as const;
  const log = await openLog({ ...options, write: (line) => earlier.push(line) });
  const [line] = await linesOf({ format: "json" }, () => log.info("Stopped"));
  deepStrictEqual(earlier, []);
  match(line ?? "", /Stopped/);
});
