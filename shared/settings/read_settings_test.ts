import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { address, byteSize, choice, duration, orNone, path, wholeNumber } from "./kind.ts";
import { readSettings, UsageError } from "./read_settings.ts";
import { argument, type Command, list, optional, rest, setting, toggle } from "./setting.ts";
import { leastTime } from "../../tests/costs/least_time.ts";

const COMMAND = {
  "What": {
    files: rest(path("FILE"), { help: "The files" }),
    size: setting("--the-size", byteSize({ least: 1, most: 2048 }), {
      help: "How large",
      fallback: 1024,
    }),
    time: setting("--time", duration(), { help: "How long", fallback: 90_000 }),
    count: setting("--count", orNone(wholeNumber({ least: 0, most: 9 })), {
      help: "How many",
      fallback: 3,
    }),
  },
  "Where": {
    server: optional("--server", address, { help: "The server" }),
    color: optional("--color", choice("COLOR", ["red", "blue"]), { help: "The colour" }),
    also: list("--also", wholeNumber({ least: 0, most: 9 }), { help: "More" }),
    loud: toggle("--loud", { help: "Louder" }),
  },
} as const satisfies Command;

/** A command with required words. */
const MOVE = {
  "What": {
    action: argument(choice("move", ["move"]), { help: "What to do" }),
    from: argument({ ...address, metavar: "OLD" }, { help: "The address that it had" }),
    loud: toggle("--loud", { help: "Louder" }),
  },
} as const satisfies Command;

const USUAL = {
  files: [],
  size: 1024,
  time: 90_000,
  count: 3,
  server: undefined,
  color: undefined,
  also: [],
  loud: false,
};

function read(args: readonly string[], variables: Readonly<Record<string, string>> = {}) {
  return readSettings(COMMAND, args, (name) => variables[name]);
}

function settings(args: readonly string[], variables?: Readonly<Record<string, string>>) {
  const result = read(args, variables);
  ok(result.type === "settings");
  return result.settings;
}

/** A command line and a variable that say the same, and what both come to. */
const SAME: readonly (readonly [readonly string[], string, string, object])[] = [
  [["--the-size", "2KiB"], "SEALPOST_THE_SIZE", "2KiB", { size: 2048 }],
  [["--the-size=2KiB"], "SEALPOST_THE_SIZE", "2KiB", { size: 2048 }],
  [["--time", "0"], "SEALPOST_TIME", "0", { time: 0 }],
  [["--count", "none"], "SEALPOST_COUNT", "none", { count: Number.MAX_SAFE_INTEGER }],
  [["--server", "[::1]:1"], "SEALPOST_SERVER", "[::1]:1", { server: { host: "::1", port: 1 } }],
  [["--color=red"], "SEALPOST_COLOR", "red", { color: "red" }],
  [["--also", "1", "--also=2"], "SEALPOST_ALSO", "1, 2", { also: [1, 2] }],
  [["--loud"], "SEALPOST_LOUD", "yes", { loud: true }],
];

Deno.test("readSettings() takes flags, else variables, else defaults", () => {
  deepStrictEqual(settings([]), USUAL);
  for (const [args, variable, value, expected] of SAME) {
    deepStrictEqual(settings(args), { ...USUAL, ...expected });
    deepStrictEqual(settings([], { [variable]: value }), { ...USUAL, ...expected });
    deepStrictEqual(settings([], { [variable]: "" }), USUAL);
    deepStrictEqual(settings(args, { [variable]: "junk" }), { ...USUAL, ...expected });
  }
});

Deno.test("readSettings() keeps the order of files, among flags and after --", () => {
  const rows = Array.from({ length: 40 }, (_, at) => `file ${at}`);
  const args = ["a", "--loud", "b", "c", "--time", "1s", "d", ...rows, "--", "--x", "e", "-", "f"];
  const { files, loud, time } = settings(args);
  deepStrictEqual(files, ["a", "b", "c", "d", ...rows, "--x", "e", "-", "f"]);
  deepStrictEqual([loud, time], [true, 1000]);
});

Deno.test("readSettings() takes time that grows with the number of files only", () => {
  const files = Array.from({ length: 200_000 }, (_, at) => `f${at}`);
  for (const args of [files, ["--", ...files.map((file) => `-${file}`)]]) {
    const read = () => strictEqual(settings(args).files.length, files.length);
    // With the parser alone it was most of a minute.
    ok(leastTime(read, { most: 5_000 }) < 5_000);
  }
});

Deno.test("readSettings() gives arguments in their order, wherever flags are", () => {
  for (const args of [["move", "--loud", "a:1"], ["--loud", "--", "move", "a:1"]]) {
    const read = readSettings(MOVE, args, () => undefined);
    ok(read.type === "settings");
    deepStrictEqual(read.settings, {
      action: "move",
      from: { host: "a", port: 1 },
      loud: true,
    });
  }
  for (
    const [args, said] of [
      [[], "move is missing: What to do"],
      [["move"], "OLD is missing: The address that it had"],
      [["remove"], 'move: Expected move, but got "remove"'],
      [["move", "a:1", "b:2"], 'Unexpected argument: "b:2"'],
    ] as const
  ) {
    throws(() => readSettings(MOVE, args, () => undefined), new UsageError(said));
  }
});

Deno.test("readSettings() takes a word with one dash for a value, and with two for a flag", () => {
  const said = '--count: Expected a number from 0 to 9, but got "-1"';
  throws(() => read(["--count", "-1"]), new UsageError(said));
  throws(() => read(["--count", "-h"]), /^UsageError: --count needs a value/);
});

const LISTED = "--help lists them all; a file with such a name has to stand behind --";

const COMPLAINTS: readonly (readonly [readonly string[], string])[] = [
  [["--tim", "1s"], 'There is no option "--tim"; perhaps you mean --time'],
  [["--zzzzzz=1"], `There is no option "--zzzzzz"; ${LISTED}`],
  [["-xyz"], `There is no option "-xyz"; ${LISTED}`],
  [["--time"], "--time needs a value: --time TIME"],
  [["--time", "--loud"], "--time needs a value: --time TIME"],
  [["--time", "1s", "--time", "2s"], "--time is given more than once"],
  [["--loud=yes"], '--loud takes no value, but got "yes"'],
  [[""], "FILE: Expected a path, but got nothing"],
  [
    ["--time", "25h"],
    '--time: Expected a time such as 500ms, 10s or 2m, from 0s to 24h, but got "25h"',
  ],
  [["--count=10"], '--count: Expected a number from 0 to 9, but got "10"'],
  [["--color=green"], '--color: Expected one of red, blue, but got "green"'],
  [["--color="], "--color: Expected one of red, blue, but got nothing"],
  [["--color=\x9b"], '--color: Expected one of red, blue, but got "\\u{9b}"'],
  [["--\u202e"], `There is no option "--\\u{202e}"; ${LISTED}`],
  [["--server", "a:0"], '--server: Port "0" is out of range; give one from 1 to 65535'],
];

for (const [args, said] of COMPLAINTS) {
  Deno.test(`readSettings() says what is wrong with ${JSON.stringify(args)}`, () => {
    throws(() => read(args), new UsageError(said));
  });
}

Deno.test("readSettings() names the variable that is wrong", () => {
  const said = 'SEALPOST_LOUD: Expected yes or no, but got "perhaps"';
  throws(() => read([], { SEALPOST_LOUD: "perhaps" }), new UsageError(said));
  throws(() => read([], { SEALPOST_ALSO: "1,x" }), /^UsageError: SEALPOST_ALSO: Expected a number/);
});

Deno.test("readSettings() finds --help and --version whatever else is wrong", () => {
  deepStrictEqual(read(["--zzz", "-h"]), { type: "help" });
  deepStrictEqual(read(["--help", "--time"]), { type: "help" });
  deepStrictEqual(read(["x", "--version"]), { type: "version" });
  strictEqual(read(["--", "--help"]).type, "settings");
});
