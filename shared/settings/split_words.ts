import type { SwitchSetting, ValueSetting } from "./setting.ts";
import { type Environment, parseSwitch, variableOf } from "./variable.ts";

/** A flag of a command line with its value, as given. */
export interface GivenFlag {
  readonly flag: string;
  /** Undefined if a flag that needs a value is the last word. */
  readonly value: string | undefined;
  /** Whether the value follows `=`. */
  readonly inline: boolean;
}

/** The words of a command line. */
export interface SplitWords {
  readonly given: readonly GivenFlag[];
  /** All words that are neither a flag nor the value of one. */
  readonly args: readonly string[];
}

/**
 * Splits a command line into flags and arguments as `parseArgs()` of `node:util` does without
 * `strict`, except for words with one dash and more than one letter, which are not split.
 * `takesValue` says whether the value of a flag is the next word; text after `=` is its value in
 * any case.
 *
 * Not `parseArgs()` itself: loading it takes longer than sending a small file, and for very many
 * words it takes quadratic time (docs/decisions/0042-words-of-a-command-line.md).
 */
export function splitWords(
  words: readonly string[],
  takesValue: (flag: string) => boolean,
): SplitWords {
  const given: GivenFlag[] = [];
  const args: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? "";
    if (word === "--") {
      for (const one of words.slice(at + 1)) args.push(one);
      break;
    }
    if (!word.startsWith("-") || word === "-") {
      args.push(word);
      continue;
    }
    const equals = word.startsWith("--") ? word.indexOf("=", 3) : -1;
    if (equals > 0) {
      given.push({ flag: word.slice(0, equals), value: word.slice(equals + 1), inline: true });
    } else {
      const value = takesValue(word) ? words[++at] : undefined;
      given.push({ flag: word, value, inline: false });
    }
  }
  return { given, args };
}

/** The command line and the environment. */
export interface Surroundings {
  readonly args: readonly string[];
  readonly env: Environment;
}

/**
 * Whether a switch seems to be on, in a command line that may be invalid or is not parsed yet: the
 * form of error messages depends on that.
 */
export function seemsOn({ flag }: SwitchSetting, { args, env }: Surroundings): boolean {
  return args.includes(flag) || parseSwitch(env(variableOf(flag)) ?? "") === true;
}

/** Whether a setting seems to have a value; see `seemsOn()`. */
export function seemsToBe<T extends string>(
  { flag }: ValueSetting<T, T>,
  value: NoInfer<T>,
  { args, env }: Surroundings,
): boolean {
  const at = args.indexOf(flag);
  return args.includes(`${flag}=${value}`) || at >= 0 && args[at + 1] === value ||
    env(variableOf(flag)) === value;
}
