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

const stdout = new Output(Deno.stdout, "standard output");
const stderr = new Output(Deno.stderr, "standard error");

/** Writes a line to standard output. */
export function tell(line: string): void {
  stdout.write(`${line}\n`);
}

/**
 * The options of a test that runs as long as one likes: `--NAME N` for each number, and `--seed N`,
 * a random one by default. With `--help`, or anything else, it says what there is and ends the
 * program.
 */
export function runOptions<Name extends string>(
  task: string,
  numbers: Readonly<Record<Name, NumberOption>>,
): Readonly<Record<Name | "seed", number>> {
  const all: Readonly<Record<string, NumberOption>> = {
    ...numbers,
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
    const entries = Object.entries(all).map(([name, { fallback }]) => {
      const given = values[name];
      return [name, typeof given === "string" ? numberIn(name, given) : fallback];
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

function usage(task: string, numbers: Readonly<Record<string, NumberOption>>): string {
  const lines = Object.entries(numbers).map(([name, { about, fallback }]) => {
    const otherwise = name === "seed" ? "a random one" : String(fallback);
    return `  --${name} N`.padEnd(18) + `${about} (default: ${otherwise})`;
  });
  return [`Usage: deno task ${task} [OPTION...]`, ...lines].join("\n");
}
