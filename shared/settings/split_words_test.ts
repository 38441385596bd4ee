import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { parseArgs } from "node:util";
import fc from "fast-check";
import { type SplitWords, splitWords } from "./read_settings.ts";
import { leastTime } from "../../tests/costs/least_time.ts";

const EXPECTS_VALUE: ReadonlySet<string> = new Set(["--size", "--time"]);

function split(words: readonly string[]): SplitWords {
  return splitWords(words, { expectsValue: (flag) => EXPECTS_VALUE.has(flag) });
}

/** The same by the parser of Node. */
function splitByNode(words: readonly string[]): SplitWords {
  const { tokens } = parseArgs({
    args: [...words],
    options: {
      size: { type: "string", multiple: true },
      time: { type: "string", multiple: true },
      loud: { type: "boolean", multiple: true },
    },
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  return {
    given: tokens.filter((token) => token.kind === "option")
      .map(({ rawName, value, inlineValue = false }) => ({
        flag: rawName,
        value,
        inline: inlineValue,
      })),
    args: tokens.filter((token) => token.kind === "positional").map(({ value }) => value),
    isOpen: !tokens.some((token) => token.kind === "option-terminator"),
  };
}

Deno.test("splitWords() splits as parseArgs() of node:util does", () => {
  const word = fc.constantFrom(
    ...["--size", "--time", "--loud", "--none", "--size=1", "--loud=", "--none=a=b", "--", "-", ""],
    ...["-h", "a", "a=b", "=", "--=", "--=a", "---", "---a", "--size=", "-", "-=", "-1"],
  );
  fc.assert(
    fc.property(fc.array(word, { maxLength: 12 }), (words) => {
      deepStrictEqual(split(words), splitByNode(words));
    }),
    { numRuns: 2_000 },
  );
});

Deno.test("splitWords() leaves a word with one dash whole", () => {
  const { given } = split(["-help", "-x=1"]);
  deepStrictEqual(given.map(({ flag }) => flag), ["-help", "-x=1"]);
});

Deno.test("splitWords() takes joined letters apart if there is a flag for each", () => {
  const known = ["-l", "-r", "-o"];
  const flagsOf = (...words: string[]) =>
    splitWords(words, {
      expectsValue: (flag) => flag === "-o",
      isKnown: (flag) => known.includes(flag),
    }).given.map(({ flag, value }) => value === undefined ? flag : `${flag} ${value}`);
  deepStrictEqual(flagsOf("-lr"), ["-l", "-r"]);
  deepStrictEqual(flagsOf("-rlo", "-l"), ["-r", "-l", "-o -l"]);
  deepStrictEqual(flagsOf("-lx", "-l"), ["-lx", "-l"]);
  deepStrictEqual(flagsOf("-o", "-lr", "--", "-rl"), ["-o -lr"]);
});

Deno.test("splitWords() takes time that grows with the number of words only", () => {
  const files = Array.from({ length: 200_000 }, (_, at) => `f${at}`);
  for (const words of [files, ["--", ...files], files.map((file) => `-${file}`)]) {
    const splitAll = () => {
      const { args, given } = split(words);
      strictEqual(args.length + given.length, files.length);
    };
    // With parseArgs() it was minutes.
    ok(leastTime(splitAll, { most: 5_000 }) < 5_000);
  }
});
