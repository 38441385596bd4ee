/**
 * A command line of `send` is read here, if it is plain: whole flags, each once, with values that can be
 * used. Everything else, help and all mistakes with it, is left to the library for command lines, which
 * takes longer to load than a small file takes to send (docs/performance.md).
 *
 * Nothing may come out otherwise than the library has it: a test compares the two.
 */
import type { OptionName } from "@optique/core/usage";
import { parseDurationFrom, parseSizeBetween } from "../../shared/settings/quantity.ts";
import type { RevisionChoice } from "../../shared/settings/revision_setting.ts";
import { type Environment, parseSwitch, variableOf } from "../../shared/settings/variable.ts";
import { parseAddress } from "../../shared/text/address.ts";
import { TextFileError } from "../../shared/text/text_file_error.ts";
import { REVISION_NAMES } from "../../shared/protocol3/revision.ts";
import type { AnySettings } from "./command_line.ts";
import {
  type ClientSettings,
  CONFLICT_CHOICES,
  type OnConflict,
  RANGES,
  USUAL,
} from "./send_settings.ts";
import { parseQuirks } from "../protocol3/connection/quirks.ts";

/** The words that are commands where they come first. `help` is the only one without settings. */
export const COMMAND_WORDS: Readonly<Record<AnySettings["command"] | "help", true>> = {
  send: true,
  probe: true,
  doctor: true,
  identity: true,
  completions: true,
  help: true,
};

/** Whether a first word is a command, and so no file. */
export function isCommandWord(word: string): word is keyof typeof COMMAND_WORDS {
  return Object.hasOwn(COMMAND_WORDS, word);
}

/** Flags without a value. */
const SWITCHES: ReadonlySet<string> = new Set([
  "--allow-growing",
  "--json",
  "--quiet",
  "--verbose",
]);

/** The settings of a plain command line of `send`; undefined for any other command line. */
export function readPlainCommandLine(
  args: readonly string[],
  env: Environment,
): ClientSettings | undefined {
  const [first = "", ...rest] = args;
  if (first !== "send" && isCommandWord(first)) return undefined;
  try {
    const words = new PlainWords(first === "send" ? rest : args, env);
    const settings: ClientSettings = {
      command: "send",
      files: words.files,
      dir: words.value("--dir", (text) => text) ?? USUAL.dir,
      server: words.value("--server", parseAddress) ?? USUAL.server,
      name: words.value("--name", (text) => text) ?? USUAL.name,
      revision: words.value("--revision", readRevision) ?? USUAL.revision,
      retries: words.value("--retries", (text) => readInteger(text, RANGES.retries)) ??
        USUAL.retries,
      retryTime: words.value("--retry-time", (text) =>
        parseDurationFrom(text, RANGES.retryTime.least)) ?? USUAL.retryTime,
      timeout: words.value("--timeout", (text) =>
        parseDurationFrom(text, RANGES.timeout.least)) ??
        USUAL.timeout,
      packetSize: words.value("--packet-size", (text) =>
        parseSizeBetween(text, RANGES.packetSize)) ?? USUAL.packetSize,
      packetDelay: words.value("--packet-delay", (text) =>
        parseDurationFrom(text, RANGES.packetDelay.least)) ?? USUAL.packetDelay,
      parallel: words.value("--parallel", (text) =>
        readInteger(text, RANGES.parallel)) ??
        USUAL.parallel,
      onConflict: words.value("--on-conflict", readConflictChoice) ?? USUAL.onConflict,
      allowGrowing: words.isOn("--allow-growing"),
      quirks: words.value("--compat", parseQuirks) ?? USUAL.quirks,
      json: words.isOn("--json"),
      quiet: words.isOn("--quiet"),
      verbose: words.isOn("--verbose"),
    };
    return words.isUsedUp ? settings : undefined;
  } catch (error) {
    if (error instanceof NotPlain || error instanceof TextFileError) return undefined;
    throw error;
  }
}

/** Thrown where something is left to the library. */
class NotPlain extends Error {
  override readonly name = "NotPlain";
}

/** The words of a command line, taken apart; throws a `NotPlain` where that takes more than looking. */
class PlainWords {
  readonly files: readonly string[];
  readonly #flags = new Map<string, string>();
  readonly #env: Environment;

  constructor(words: readonly string[], env: Environment) {
    this.#env = env;
    const files: string[] = [];
    for (let at = 0; at < words.length; at++) {
      const word = words[at] ?? "";
      if (isPlain(word)) {
        files.push(word);
        continue;
      }
      const value = SWITCHES.has(word) ? "yes" : words[++at];
      if (value === undefined || !isPlain(value) || this.#flags.has(word)) throw new NotPlain();
      this.#flags.set(word, value);
    }
    this.files = files;
  }

  /** What a flag sets, or else its variable; undefined when neither is there. Asked once for each. */
  value<T>(flag: OptionName, read: (text: string) => T | undefined): T | undefined {
    const text = this.#flags.get(flag) || this.#env(variableOf(flag)) || undefined;
    this.#flags.delete(flag);
    if (text === undefined) return undefined;
    const value = read(text);
    if (value === undefined) throw new NotPlain();
    return value;
  }

  /** Whether a flag without a value is there, or its variable says yes. */
  isOn(flag: OptionName): boolean {
    return this.value(flag, parseSwitch) ?? false;
  }

  /** Whether every flag was asked for: others are not known. */
  get isUsedUp(): boolean {
    return this.#flags.size === 0;
  }
}

/** Whether a word can be nothing but a file, or the value of the flag before it. */
function isPlain(word: string): boolean {
  return word !== "" && !word.startsWith("-");
}

function readRevision(text: string): RevisionChoice | undefined {
  return text === "auto" ? text : REVISION_NAMES.find((name) => name === text);
}

function readConflictChoice(text: string): OnConflict | undefined {
  return CONFLICT_CHOICES.find((choice) => choice === text);
}

function readInteger(
  text: string,
  { min, max }: { readonly min: number; readonly max: number },
): number | undefined {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : NaN;
  return value >= min && value <= max ? value : undefined;
}
