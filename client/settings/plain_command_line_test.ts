import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { readCommandLine } from "./command_line.ts";
import { isCommandWord, readPlainCommandLine } from "./plain_command_line.ts";
import type { ClientSettings } from "./send_settings.ts";

/** Flags with a value, and for each a value that can be used and one that cannot. */
const VALUES: Readonly<Record<string, readonly [good: string, bad: string]>> = {
  "--dir": ["folder", "-"],
  "--server": ["localhost:1256", "localhost"],
  "--name": ["Michael Jackson", ""],
  "--revision": ["2022c", "2022C"],
  "--retries": ["007", "1e1"],
  "--retry-time": ["2m", "never"],
  "--timeout": ["1.5s", "25h"],
  "--packet-size": ["1 KiB", "4GiB"],
  "--packet-delay": ["0", "-1"],
  "--parallel": ["64", "65"],
  "--on-conflict": ["rename", "replace"],
  "--compat": ["pad-last, left-pad-names", "per-packet-crc"],
};

const SWITCHES = ["--allow-growing", "--json", "--quiet", "--verbose"];

/** Words that stand for something else than a file, look as if they did, or are no words at all. */
const ODD = [
  "send",
  "probe",
  "doctor",
  "identity",
  "completions",
  "help",
  "--",
  "-",
  "",
  " ",
  "-h",
  "--help",
]
  .concat(["--version", "-q", "--quie", "--no-json", "--json=true", "--dir=", "--retries=3", "=x"]);

const file = fc.constantFrom("holiday.mov", "./-dash", "1", "--name", "a=b", "true");
const value = fc.constantFrom(...Object.values(VALUES).flat());
const usable = fc.constantFrom(...Object.entries(VALUES).map(([flag, [good]]) => [flag, good]));
const flag = fc.constantFrom(...Object.keys(VALUES), ...SWITCHES);
const odd = fc.constantFrom(...ODD);

/** Command lines, most of which are nearly plain. */
const commandLine = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: usable },
    { weight: 3, arbitrary: file.map((word) => [word]) },
    { weight: 2, arbitrary: fc.constantFrom(...SWITCHES).map((word) => [word]) },
    { weight: 1, arbitrary: fc.oneof(odd, value, flag).map((word) => [word]) },
  ),
  { maxLength: 6 },
).map((parts) => parts.flat());

/** Variables by name, most of them with values that can be used. */
const variables = fc.array(
  fc.oneof(
    usable,
    fc.tuple(flag, fc.oneof(value, fc.constantFrom("yes", "Off", "0", "maybe"))),
  ),
  { maxLength: 2 },
).map((pairs) =>
  new Map(pairs.map(([name = "", text = ""]) => [
    `SEALPOST_${name.slice(2).toUpperCase().replaceAll("-", "_")}`,
    text,
  ]))
);

Deno.test("A plain command line says what the library has it say", () => {
  let plain = 0;
  fc.assert(
    fc.property(commandLine, variables, (args, environment) => {
      const env = (name: string) => environment.get(name);
      const settings = readPlainCommandLine(args, env);
      if (settings === undefined) return;
      plain += 1;
      deepStrictEqual(settings, readWithLibrary(args, env));
    }),
    { numRuns: 1_000 },
  );
  ok(plain > 100, `${plain} of 1,000 were plain`);
});

Deno.test("Every flag and every variable of send is read without the library", () => {
  const switches = SWITCHES.map((name) => [name, "yes"] as const);
  const goods = Object.entries(VALUES).map(([name, [good]]) => [name, good] as const);
  for (const [name, text] of [...switches, ...goods]) {
    const words = SWITCHES.includes(name) ? [name] : [name, text];
    const variable = `SEALPOST_${name.slice(2).toUpperCase().replaceAll("-", "_")}`;
    const env = (asked: string) => asked === variable ? text : undefined;
    const byFlag = readPlainCommandLine(["send", "a.bin", ...words, "b.bin"], () => undefined);
    const byVariable = readPlainCommandLine(["a.bin", "b.bin"], env);
    ok(byFlag !== undefined, name);
    deepStrictEqual(byVariable, byFlag, name);
  }
  ok(readPlainCommandLine([], () => undefined) !== undefined);
});

Deno.test("What asks for help or is mistaken is left to the library", () => {
  const cases = [
    ...ODD.filter((word) => !["send", "help", " ", "=x"].includes(word)).map((word) => [word]),
    ...Object.entries(VALUES).map(([name, [, bad]]) => [name, bad]),
    ...Object.keys(VALUES).map((name) => [name]),
    ...SWITCHES.map((name) => [name, name]),
    ["a.bin", "--name", "one", "--name", "two"],
  ];
  for (const args of cases) {
    strictEqual(readPlainCommandLine(args, () => undefined), undefined, args.join(" "));
  }
});

function readWithLibrary(
  args: readonly string[],
  env: (name: string) => string | undefined,
): ClientSettings {
  const settings = readCommandLine(args, {
    env,
    version: "0.0.0",
    stdout: () => {},
    stderr: () => {},
    colors: false,
    columns: undefined,
    onExit(code) {
      throw new Error(`The library ends it with ${code}: ${args.join(" ")}`);
    },
  });
  ok(settings.command === "send");
  return settings;
}

Deno.test("isCommandWord() is of whole words only", () => {
  strictEqual(isCommandWord("help"), true);
  for (const word of ["", "Help", "toString", "./send"]) strictEqual(isCommandWord(word), false);
});
