import { deepStrictEqual, doesNotMatch, ok, strictEqual } from "node:assert/strict";
import { object } from "@optique/core/constructs";
import { runCommandLine } from "./run_command_line.ts";
import { setting } from "./setting.ts";
import { address, byteSize, duration } from "./value_parsers.ts";

/** Stands for the end of the process. */
class Exit extends Error {
  constructor(readonly code: number) {
    super(`Ended with ${code}`);
  }
}

/** A program with three settings. */
function program() {
  const usual = <const D>(fallback: D) => ({
    description: "How something is done, in many words, so that they fill more than one line",
    fallback,
    env: () => undefined,
  });
  return object("How", {
    size: setting("--the-size", byteSize({ least: 1, most: 2048 }), usual(1024)),
    time: setting("--time", duration(), usual(90_000)),
    server: setting("--server", address, usual(undefined)),
  });
}

/** Runs it: its settings, or how it ended and what it said. */
function run(args: readonly string[], columns?: number) {
  let out = "";
  let err = "";
  try {
    return runCommandLine(program(), args, {
      name: "program",
      usage: ["program [OPTION...]", "program again"],
      brief: "A program that does something or other.",
      examples: ["program --time 1s", "program --the-size 1KiB"],
      exitCodes: "0 well; 2 badly.",
      env: () => undefined,
      version: "1.2.3",
      stdout: (text) => out += text,
      stderr: (text) => err += text,
      colors: false,
      columns,
      onExit(code) {
        throw new Exit(code);
      },
    });
  } catch (exit) {
    if (!(exit instanceof Exit)) throw exit;
    return { code: exit.code, out, err };
  }
}

/** The help text for a terminal of so many columns. */
function help(columns: number | undefined): string {
  const ended = run(["--help"], columns);
  ok("out" in ended && ended.code === 0 && ended.err === "");
  return ended.out;
}

Deno.test("runCommandLine() gives the settings of a command line", () => {
  deepStrictEqual(run([]), { size: 1024, time: 90_000, server: undefined });
  deepStrictEqual(run(["--time", "0", "--the-size=2KiB", "--server", "[::1]:1"]), {
    size: 2048,
    time: 0,
    server: { host: "::1", port: 1 },
  });
});

Deno.test("The help text is as wide as the terminal, from 60 up to 100 columns, without blanks at ends", () => {
  for (const columns of [undefined, 0, 1, 59, 60, 61, 71, 80, 99, 100, 250]) {
    const limit = Math.max(60, Math.min(columns || 80, 100));
    for (const line of help(columns).split("\n")) {
      ok(line.length <= limit, line);
      doesNotMatch(line, / $/);
    }
  }
  ok(help(100).split("\n").some((line) => line.length > 80));
});

Deno.test("The help text has usage, settings with their defaults, examples and exit codes", () => {
  strictEqual(
    help(100),
    `Usage: program [OPTION...]
       program again

A program that does something or other.

  -h, --help          Show help information.
  --version           Show version information.

How:
  --the-size SIZE     How something is done, in many words, so that they fill more than one line
                      (default: 1KiB). Also: \`SEALPOST_THE_SIZE\`
  --time TIME         How something is done, in many words, so that they fill more than one line
                      (default: 90s). Also: \`SEALPOST_TIME\`
  --server HOST:PORT  How something is done, in many words, so that they fill more than one line.
                      Also: \`SEALPOST_SERVER\`

Examples:
  program --time 1s
  program --the-size 1KiB

SIZE: 1024, 64KiB, 1.5MB; in B (the default), kB, MB, GB, KiB, MiB or GiB.
TIME: 500ms, 30s, 2m; in ms, s (the default), m or h; at most 24h.
A flag counts more than the variable named beside it.
Exit codes: 0 well; 2 badly.
`,
  );
});

/** Command lines that cannot be understood, and what is said of them. */
const COMPLAINTS: Readonly<Record<string, string>> = {
  "--tim 1s": 'Unexpected option or argument: "--tim". Did you mean `--time`?',
  "--time": "`--time` requires `TIME`",
  "--time 25h": '`--time`: Expected a time such as 500ms, 10s or 2m, from 0s to 24h, but got "25h"',
  "--the-size 2049":
    '`--the-size`: Expected a size such as 64KiB or 4GiB, from 1 B to 2048 B, but got "2049"',
  "--server a:0": '`--server`: Port "0" is out of range; give one from 1 to 65535',
  "--server \x9b:1":
    '`--server`: "\\u{9b}:1" is not an address; write it as "host:port", for instance ' +
    '"127.0.0.1:1256", with an IPv6 address in brackets as in "[::1]:1256"',
  "\x7f\u202e": 'Unexpected option or argument: "\\u{7f}\\u{202e}"',
};

for (const [args, said] of Object.entries(COMPLAINTS)) {
  Deno.test(`runCommandLine() says what is wrong with ${JSON.stringify(args)} in one line`, () => {
    deepStrictEqual(run(args.split(" "), 40), { code: 2, out: "", err: `error: ${said}\n` });
  });
}
