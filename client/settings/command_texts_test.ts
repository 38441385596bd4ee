import { doesNotMatch, fail, match, ok, strictEqual } from "node:assert/strict";
import { hasFlag, settingsIn, variableOf } from "../../shared/settings/setting.ts";
import { readCommandLine } from "./command_line.ts";
import { clientHelp } from "./command_texts.ts";
import { COMMANDS } from "./commands.ts";

/** The help text that a command line asks for. */
function help(args: readonly string[], { colors = false } = {}): string {
  const found = readCommandLine(args, () => undefined);
  return found.type === "help"
    ? clientHelp(found.command, { program: "deno task client", columns: 100, colors })
    : fail(`It asked for ${found.type}`);
}

Deno.test("The help text names each flag, its variable, its default and the exit codes", () => {
  const out = help(["--help"]);
  for (const setting of settingsIn(COMMANDS.send.settings).map(([, one]) => one)) {
    if (!hasFlag(setting)) continue;
    match(out, new RegExp(`\\n  (-., )?${setting.flag}[ \\n]`));
    ok(out.includes(variableOf(setting.flag)), setting.flag);
  }
  match(out, /FILE/);
  for (const fallback of ["auto, or .*", "3", "30s"]) {
    match(out.replaceAll(/\s+/g, " "), new RegExp(`\\(default: ${fallback}\\)`));
  }
  match(
    out.replaceAll(/\s+/g, " "),
    /0 sent.* 1 .*failed.* 2 usage.* 3 no connection.* 4 .*refused/,
  );
  match(out, /^Usage: .* \[send\] \[FILE\.\.\.\] \[OPTION\.\.\.\]\n/);
  strictEqual(help(["-h"]), out);
});

Deno.test("The help text lists each command with the words that it takes, and its purpose", () => {
  const out = help(["--help"]);
  for (const [name, { summary }] of Object.entries(COMMANDS)) {
    match(out, new RegExp(`\\n  ${name}( |\\n)`));
    ok(out.replaceAll(/\s+/g, " ").includes(`${summary}.`), name);
  }
  match(out, /\n {2}login ADDRESS +Log in/);
  match(out, /\n {2}devices \[ACTION\] \[ID\.\.\.\]\n/);
});

/** Words that the help of a command contains, and words that it does not. */
const HELP_OF = {
  probe: {
    has: [/^Usage: \S+ \S+ \S+ probe HOST:PORT/, /"revision", "certain"/, /--timeout/, / 3 no/],
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
    const out = help([command, "--help"]);
    for (const part of has) {
      match(
        out.replaceAll(/(?<!\n)\n +|\n(?=\S)/g, (all) => all.startsWith("\n ") ? " " : "\n"),
        part,
      );
    }
    doesNotMatch(out, not);
    strictEqual(help(["help", command]), out);
  });
}

Deno.test("help is the help, and that of a command", () => {
  const usual = help(["--help"]);
  for (const args of [["help"], ["help", "send"], ["help", "help"]]) {
    strictEqual(help(args), usual);
  }
});

Deno.test("The help text has colours only where they are wanted", () => {
  for (const colors of [true, false]) {
    strictEqual(help(["--help"], { colors }).includes("\x1b["), colors);
  }
});
