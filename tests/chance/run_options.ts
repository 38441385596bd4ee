import { parseArgs } from "node:util";
import { Output } from "../../shared/settings/output.ts";
import { randomSeed } from "./seeded_random.ts";

/** A number that a long run may be given. */
export interface NumberOption {
  /** What it is, for `--help`. */
  readonly about: string;
  /** The number that counts without it. */
  readonly fallback: number;
}

/** A word that a long run may be given. */
export interface WordOption {
  /** What it is, for `--help`. */
  readonly about: string;
  /** The words that there are; the first one counts without it. */
  readonly words: readonly [string, ...string[]];
}

const stdout = new Output(Deno.stdout, "standard output");
const stderr = new Output(Deno.stderr, "standard error");

/** Writes a line to standard output. */
export function tell(line: string): void {
  stdout.write(`${line}\n`);
}

/**
 * The options of a test that runs as long as one likes: `--NAME N` for each number, `--NAME WORD`
 * for each word, and `--seed N`, a random one by default. With `--help`, or anything else, it says
 * what there is and ends the program.
 */
export function runOptions<Name extends string, Word extends string = never>(
  task: string,
  numbers: Readonly<Record<Name, NumberOption>>,
  words: Readonly<Record<Word, WordOption>> = {} as Readonly<Record<Word, WordOption>>,
): Readonly<Record<Name | "seed", number> & Record<Word, string>> {
  const all: Readonly<Record<string, NumberOption | WordOption>> = {
    ...numbers,
    ...words,
    seed: { about: "what all that is random follows from", fallback: randomSeed() },
  };
  const options = Object.fromEntries(
    Object.keys(all).map((name) => [name, { type: "string" as const }]),
  );
  try {
    const { values } = parseArgs({
      options: { ...options, help: { type: "boolean" } },
    }) as { values: Readonly<Record<string, string | boolean | undefined>> };
    if (values["help"] === true) {
      tell(usage(task, all));
      Deno.exit(0);
    }
    const entries = Object.entries(all).map(([name, option]) => {
      const given = values[name];
      if ("words" in option) return [name, wordIn(name, given ?? option.words[0], option)];
      return [name, typeof given === "string" ? numberIn(name, given) : option.fallback];
    });
    return Object.fromEntries(entries);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    stderr.write(`error: ${error.message}\n${usage(task, all)}\n`);
    Deno.exit(2);
  }
}

function numberIn(name: string, text: string): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number <= 0xffff_ffff) return number;
  throw new TypeError(`--${name} takes a whole number below 2^32, not ${JSON.stringify(text)}`);
}

function wordIn(name: string, given: unknown, { words }: WordOption): string {
  const word = words.find((known) => known === given);
  if (word !== undefined) return word;
  throw new TypeError(`--${name} takes ${words.join(" or ")}, not ${JSON.stringify(given)}`);
}

function usage(
  task: string,
  options: Readonly<Record<string, NumberOption | WordOption>>,
): string {
  const lines = Object.entries(options).map(([name, option]) => {
    if ("words" in option) {
      return `  --${name} WORD`.padEnd(20) + `${option.about}: ${option.words.join(", ")}`;
    }
    const otherwise = name === "seed" ? "a random one" : String(option.fallback);
    return `  --${name} N`.padEnd(20) + `${option.about} (default: ${otherwise})`;
  });
  return [`Usage: deno task ${task} [OPTION...]`, ...lines].join("\n");
}
