import { doesNotMatch, ok, strictEqual } from "node:assert/strict";
import { helpText } from "./help.ts";
import { address, byteSize, duration, path } from "./kind.ts";
import { type Command, list, optional, rest, setting, toggle } from "./setting.ts";

const HELP = "How something is done, in many words, so that they fill more than one line";

const COMMAND = {
  "What": { files: rest(path("FILE"), { help: "The files" }) },
  "How": {
    size: setting("--the-size", byteSize({ least: 1 }), { help: HELP, fallback: 1024 }),
    time: setting("--time", duration(), { help: HELP, fallback: 90_000 }),
    server: optional("--server", address, { help: HELP }),
    loud: toggle("--loud", { help: "Louder" }),
    also: list("--a-very-long-flag", address, { help: "More" }),
  },
} as const satisfies Command;

function help(columns: number | undefined, colors = false): string {
  return helpText(COMMAND, {
    usage: ["program [FILE...] [OPTION...]", "program again"],
    brief: "A program that does something or other.",
    examples: ["program --time 1s", "program --the-size 1KiB"],
    notes: ["A note."],
    exitCodes: "0 well; 2 badly.",
    columns,
    colors,
  });
}

Deno.test("Help is as wide as the terminal, 60 to 100 columns, without trailing blanks", () => {
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
    `Usage: program [FILE...] [OPTION...]
       program again

A program that does something or other.

  -h, --help            Show this help.
  --version             Show the version.

What:
  FILE                  The files.

How:
  --the-size SIZE       How something is done, in many words, so that they fill more than one line
                        (default: 1KiB). Also: SEALPOST_THE_SIZE
  --time TIME           How something is done, in many words, so that they fill more than one line
                        (default: 90s). Also: SEALPOST_TIME
  --server HOST:PORT    How something is done, in many words, so that they fill more than one line.
                        Also: SEALPOST_SERVER
  --loud                Louder. Also: SEALPOST_LOUD
  --a-very-long-flag HOST:PORT
                        More. Also: SEALPOST_A_VERY_LONG_FLAG

Examples:
  program --time 1s
  program --the-size 1KiB

A note.
SIZE: 1024, 64KiB, 1.5MB; in B (the default), kB, MB, GB, KiB, MiB or GiB.
TIME: 500ms, 30s, 2m; in ms, s (the default), m, h or d.
A flag counts more than the variable named beside it.
Exit codes: 0 well; 2 badly.
`,
  );
});

Deno.test("The help text has its titles in bold where colours are wanted", () => {
  ok(help(80, true).includes("\x1b[1mHow:\x1b[0m"));
  ok(!help(80).includes("\x1b"));
});
