import { quoted } from "../text/quoted.ts";
import { type Kind, ValueError } from "./kind.ts";
import {
  type Command,
  type Environment,
  fallbackOf,
  type FlagSetting,
  hasFlag,
  parseSwitch,
  type Setting,
  settingsIn,
  type SettingsOf,
  type SwitchSetting,
  type ValueSetting,
  variableOf,
} from "./setting.ts";

/** Thrown when a command line or a variable cannot be understood: one line that says why. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** The result of reading a command line. */
export type Read<Settings> =
  | { readonly type: "settings"; readonly settings: Settings }
  | { readonly type: "help" | "version" };

/**
 * Reads the words after a command, and the environment: flags in any order, as `--flag value` or
 * `--flag=value`; all other words, and all after `--`, are arguments. A flag overrides its
 * variable, and an empty variable counts as not set.
 *
 * Throws a `UsageError`, unless `--help` or `--version` is among the words; then the others are
 * ignored.
 */
export function readSettings<C extends Command>(
  command: C,
  words: readonly string[],
  env: Environment,
): Read<SettingsOf<C>> {
  const settings = settingsIn(command);
  const known = new Map<string, FlagSetting>();
  for (const [, setting] of settings) {
    if (!hasFlag(setting)) continue;
    known.set(setting.flag, setting);
    if (setting.short !== undefined) known.set(setting.short, setting);
  }
  const { given, args: found } = splitWords(words, {
    expectsValue: (flag) => expectsValue(known.get(flag)),
    isKnown: (flag) => known.has(flag) || COMMON.has(flag),
  });
  const common = given.find(({ flag }) => COMMON.has(flag));
  if (common !== undefined) return { type: common.flag === "--version" ? "version" : "help" };
  const values = valuesByFlag(given, known);
  const args = [...found];
  const read = settings.map(([name, setting]) => [
    name,
    hasFlag(setting)
      ? flagValue(setting, values.get(setting.flag), env)
      : argumentValue(setting, args),
  ]);
  const surplus = args[0];
  if (surplus !== undefined) throw new UsageError(`Unexpected argument: ${quoted(surplus)}`);
  // The sections of the command have the type of each value.
  return { type: "settings", settings: Object.fromEntries(read) as SettingsOf<C> };
}

/** Flags that every command has. */
const COMMON: ReadonlySet<string> = new Set(["--help", "-h", "--version"]);

/** The values of each given flag. Throws a `UsageError` for invalid flags. */
function valuesByFlag(
  given: readonly GivenFlag[],
  known: ReadonlyMap<string, FlagSetting>,
): ReadonlyMap<string, readonly string[]> {
  const values = new Map<string, string[]>();
  for (const { flag, value, inline } of given) {
    const setting = known.get(flag);
    if (setting === undefined) throw unknownFlag(flag, known);
    const before = values.get(setting.flag);
    if (before !== undefined && setting.type !== "list") {
      throw new UsageError(`${flag} is given more than once`);
    }
    if (setting.type === "switch") {
      if (inline) throw new UsageError(`${flag} takes no value, but got ${quoted(value ?? "")}`);
    } else if (value === undefined || !inline && isFlag(value)) {
      throw new UsageError(`${flag} needs a value: ${flag} ${setting.kind.metavar}`);
    }
    if (before === undefined) values.set(setting.flag, [value ?? ""]);
    else before.push(value ?? "");
  }
  return values;
}

/** Whether a word is a flag and not a value, which may begin with one dash: `-1`. */
function isFlag(word: string): boolean {
  return word.startsWith("--") || COMMON.has(word);
}

function unknownFlag(flag: string, known: ReadonlyMap<string, FlagSetting>): UsageError {
  const near = nearest(flag, [...known.keys(), "--help", "--version"]);
  const advice = near === undefined
    ? "--help lists them all; a file with such a name has to stand behind --"
    : `perhaps you mean ${near}`;
  return new UsageError(`There is no option ${quoted(flag)}; ${advice}`);
}

function expectsValue(setting: FlagSetting | undefined): boolean {
  return setting !== undefined && setting.type !== "switch";
}

function flagValue(
  setting: FlagSetting,
  values: readonly string[] | undefined,
  env: Environment,
): unknown {
  if (values === undefined) return fromVariable(setting, env);
  if (setting.type === "switch") return true;
  const { flag, kind } = setting;
  if (setting.type === "list") return values.map((value) => valueOf(kind, value, flag));
  return valueOf(kind, values[0] ?? "", flag);
}

function fromVariable(setting: FlagSetting, env: Environment): unknown {
  const name = variableOf(setting.flag);
  const text = env(name);
  if (text === undefined || text === "") return fallbackOf(setting);
  if (setting.type === "value") return valueOf(setting.kind, text, name);
  if (setting.type === "list") {
    return text.split(",").map((part) => valueOf(setting.kind, part.trim(), name));
  }
  const value = parseSwitch(text);
  if (value !== undefined) return value;
  throw new UsageError(`${name}: Expected yes or no, but got ${quoted(text)}`);
}

/** Removes the value of an argument from the beginning of `args`. */
function argumentValue(setting: Exclude<Setting, FlagSetting>, args: string[]): unknown {
  const { kind } = setting;
  const words = args.splice(0, setting.type === "argument" ? 1 : args.length);
  const values = words.map((word) => valueOf(kind, word, kind.metavar));
  if (setting.type === "arguments") return values;
  if (values.length === 1) return values[0];
  if (setting.fallback !== undefined) return setting.fallback;
  throw new UsageError(`${kind.metavar} is missing: ${setting.help}`);
}

/** `where` is the name in messages: a flag, a variable, or an argument. */
function valueOf(kind: Kind<unknown>, text: string, where: string): unknown {
  try {
    return kind.read(text);
  } catch (error) {
    if (!(error instanceof ValueError)) throw error;
    throw new UsageError(`${where}: ${error.message}`, { cause: error });
  }
}

/**
 * The one of `words` that a word is probably a misspelling of, by one letter, or two in a long
 * word; undefined if there is none.
 */
export function nearest(word: string, words: Iterable<string>): string | undefined {
  let best: { readonly candidate: string; readonly steps: number } | undefined;
  for (const candidate of words) {
    const most = candidate.length < 6 ? 1 : 2;
    // Much longer or shorter words are skipped; a command line may have very long ones.
    if (Math.abs(candidate.length - word.length) > most) continue;
    const steps = distance(word, candidate);
    if (steps <= most && steps < (best?.steps ?? Infinity)) best = { candidate, steps };
  }
  return best?.candidate;
}

/** The number of letters to insert, delete, replace, or swap with the next. */
function distance(one: string, other: string): number {
  const rows: number[][] = [Array.from({ length: other.length + 1 }, (_, index) => index)];
  const at = (i: number, j: number) => rows[i]?.[j] ?? Infinity;
  for (let i = 1; i <= one.length; i++) {
    const row = [i];
    rows.push(row);
    for (let j = 1; j <= other.length; j++) {
      const same = one[i - 1] === other[j - 1];
      const swapped = one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1];
      row.push(Math.min(
        at(i - 1, j) + 1,
        at(i, j - 1) + 1,
        at(i - 1, j - 1) + (same ? 0 : 1),
        swapped ? at(i - 2, j - 2) + 1 : Infinity,
      ));
    }
  }
  return at(one.length, other.length);
}

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
  /** Whether a flag may follow: no `--` is among the words. */
  readonly isOpen: boolean;
}

/**
 * Splits a command line into flags and arguments as `parseArgs()` of `node:util` does without
 * `strict`, except for words with one dash and more than one letter: `-lr` is `-l -r` if all of
 * these are known, and else one word. Text after `=` is the value of a flag in any case.
 *
 * Not `parseArgs()` itself: loading it takes longer than sending a small file, and for very many
 * words it takes quadratic time (docs/decisions/0042-words-of-a-command-line.md).
 */
export function splitWords(
  words: readonly string[],
  { expectsValue, isKnown = () => false }: {
    /** Whether the value of a flag is the next word. */
    readonly expectsValue: (flag: string) => boolean;
    /** Whether there is such a flag. Default: none is known. */
    readonly isKnown?: (flag: string) => boolean;
  },
): SplitWords {
  const given: GivenFlag[] = [];
  const args: string[] = [];
  let isOpen = true;
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? "";
    if (word === "--") {
      for (const one of words.slice(at + 1)) args.push(one);
      isOpen = false;
      break;
    }
    if (!word.startsWith("-") || word === "-") {
      args.push(word);
      continue;
    }
    const equals = word.startsWith("--") ? word.indexOf("=", 3) : -1;
    if (equals > 0) {
      given.push({ flag: word.slice(0, equals), value: word.slice(equals + 1), inline: true });
      continue;
    }
    for (const flag of joinedFlags(word, isKnown)) {
      const value = expectsValue(flag) ? words[++at] : undefined;
      given.push({ flag, value, inline: false });
    }
  }
  return { given, args, isOpen };
}

/** The flags of one letter that a word joins; the word itself if it does not. */
function joinedFlags(word: string, isKnown: (flag: string) => boolean): readonly string[] {
  if (!/^-[a-z]{2,}$/i.test(word)) return [word];
  const flags = Array.from(word.slice(1), (letter) => `-${letter}`);
  return flags.every(isKnown) ? flags : [word];
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
