import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { object } from "@optique/core/constructs";
import { formatMessage } from "@optique/core/message";
import { parse, type Parser } from "@optique/core/parser";
import { integer } from "@optique/core/valueparser";
import { fromVariable, setting, switchSetting, withVariable } from "./setting.ts";
import { variableOf } from "./variable.ts";

/** Command lines and environments, and the size that each sets. */
const SIZES: readonly (readonly [
  what: string,
  args: readonly string[],
  variable: string | undefined,
  size: number,
])[] = [
  ["the fallback without flag and variable", [], undefined, 7],
  ["the fallback when the variable is empty", [], "", 7],
  ["the variable without a flag", [], "2048", 2048],
  ["the flag without a variable", ["--max-file-size", "3072"], undefined, 3072],
  ["the flag rather than the variable", ["--max-file-size=3072"], "2048", 3072],
  ["the flag, even beside a variable that is none", ["--max-file-size", "3072"], "junk", 3072],
];

/** Values of a switch's variable, and what they mean. */
const SWITCHES: Readonly<Record<string, boolean>> = {
  "1": true,
  true: true,
  yes: true,
  on: true,
  YES: true,
  "0": false,
  false: false,
  no: false,
  Off: false,
  "": false,
};

/** An environment with one variable in it, or none. */
function environment(name: string, value: string | undefined) {
  return (asked: string): string | undefined => asked === name ? value : undefined;
}

function size(value: string | undefined) {
  return object({
    size: setting("--max-file-size", integer({ min: 1 }), {
      description: "The largest file",
      fallback: 7,
      env: environment("SEALPOST_MAX_FILE_SIZE", value),
    }),
  });
}

function quiet(value: string | undefined) {
  return object({
    quiet: switchSetting("--quiet", {
      description: "Says nothing",
      env: environment("SEALPOST_QUIET", value),
    }),
  });
}

/** What a command line comes to. */
function valueOf<T>(parser: Parser<"sync", T, unknown>, args: readonly string[]): T {
  const result = parse(parser, args);
  ok(result.success, result.success ? "" : formatMessage(result.error));
  return result.value;
}

/** What is said of a command line that cannot be. */
function errorOf(parser: Parser<"sync", unknown, unknown>, args: readonly string[]): string {
  const result = parse(parser, args);
  ok(!result.success);
  return formatMessage(result.error);
}

Deno.test("variableOf() turns a flag into the variable that sets the same", () => {
  strictEqual(variableOf("--port"), "SEALPOST_PORT");
  strictEqual(variableOf("--max-file-size"), "SEALPOST_MAX_FILE_SIZE");
});

for (const [what, args, variable, expected] of SIZES) {
  Deno.test(`setting() takes ${what}`, () => {
    deepStrictEqual(valueOf(size(variable), args), { size: expected });
  });
}

Deno.test("setting() refuses a variable that is none, and names it and its value", () => {
  for (const value of ["junk", "0", "-1"]) {
    const error = errorOf(size(value), []);
    match(error, /SEALPOST_MAX_FILE_SIZE/);
    ok(error.includes(value), error);
  }
});

Deno.test("setting() refuses a flag that is none, and does not speak of the variable", () => {
  const error = errorOf(size("2048"), ["--max-file-size", "junk"]);
  match(error, /--max-file-size/);
  match(error, /junk/);
  ok(!error.includes("SEALPOST_"), error);
});

Deno.test("setting() may fall back to nothing at all", () => {
  const parser = object({
    size: setting("--size", integer({ min: 1 }), {
      description: "A size",
      fallback: undefined,
      env: () => undefined,
    }),
  });
  deepStrictEqual(valueOf(parser, []), { size: undefined });
});

Deno.test("switchSetting() is off without flag and variable, and on with the flag", () => {
  deepStrictEqual(valueOf(quiet(undefined), []), { quiet: false });
  for (const variable of [undefined, "0", "1", "junk"]) {
    deepStrictEqual(valueOf(quiet(variable), ["--quiet"]), { quiet: true }, variable);
  }
});

Deno.test("switchSetting() reads its variable in the words for yes and no", () => {
  for (const [variable, expected] of Object.entries(SWITCHES)) {
    deepStrictEqual(valueOf(quiet(variable), []), { quiet: expected }, variable);
  }
});

Deno.test("switchSetting() refuses any other word in its variable, and names both", () => {
  const error = errorOf(quiet("perhaps"), []);
  match(error, /SEALPOST_QUIET/);
  match(error, /perhaps/);
});

Deno.test("fromVariable() reads no variable but that of its flag", () => {
  strictEqual(
    fromVariable("--size", integer({ min: 1 }), environment("SEALPOST_SIZE", "2048")),
    2048,
  );
  strictEqual(fromVariable("--size", integer({ min: 1 }), environment("SIZE", "2048")), undefined);
});

Deno.test("withVariable() says in the help text which variable sets the same", () => {
  const text = formatMessage(withVariable("The port", "--port"));
  strictEqual(text, "The port. Also: `SEALPOST_PORT`");
});
