import { type Address, formatAddress, parseAddress } from "../text/address.ts";
import { quoted } from "../text/quoted.ts";
import { TextFileError } from "../text/text.ts";
import { DAY, formatSize, parseDurationFrom, parseSizeBetween } from "./quantity.ts";

/** Thrown when a text is not a value of its kind: one line that says what was expected. */
export class ValueError extends Error {
  override readonly name = "ValueError";
}

/** The completions of a value: paths, or these words. */
export type Completion = "any" | "folder" | readonly string[];

/** One kind of value that a setting may have. Methods, so that each kind is a `Kind<unknown>`. */
export interface Kind<T> {
  /** The placeholder of a value in help texts. */
  readonly metavar: string;
  readonly completion: Completion;
  /** Parses a value; throws a `ValueError` for other texts. */
  read(text: string): T;
  /** Formats a value as `read()` accepts it. */
  format(value: T): string;
}

export interface KindOptions<T> {
  readonly metavar: string;
  /** Parses a value; returns undefined for other texts. */
  readonly parse: (text: string) => T | undefined;
  /** What is expected: `a size such as 64KiB`. */
  readonly expected: string;
  /** A message for an invalid text; undefined to say what was expected. */
  readonly fault?: (text: string) => string | undefined;
  /** Default: `String()`. */
  readonly format?: (value: T) => string;
  /** Default: none. */
  readonly completion?: Completion;
}

/** A kind from a function that reads a text. */
export function kind<T>(options: KindOptions<T>): Kind<T> {
  const { metavar, parse, expected, fault, format = String, completion = [] } = options;
  return {
    metavar,
    completion,
    format,
    read(text) {
      const value = parse(text);
      if (value !== undefined) return value;
      const given = text === "" ? "nothing" : quoted(text);
      throw new ValueError(fault?.(text) ?? `Expected ${expected}, but got ${given}`);
    },
  };
}

/** Any text that is not empty. */
export function text(metavar: string): Kind<string> {
  return kind({ metavar, parse: (given) => given || undefined, expected: "some text" });
}

/** The character by which the runtime replaces bytes that are not UTF-8 in arguments and names. */
const REPLACED = "\ufffd";

/**
 * A path, which may be anything but empty. Shells complete it; a `FOLDER` by folders only. A path
 * that the program `creates` must be UTF-8, or it would create a different one.
 */
export function path(
  metavar: string,
  { creates = false }: { readonly creates?: boolean } = {},
): Kind<string> {
  return kind({
    metavar,
    parse: (given) => creates && given.includes(REPLACED) ? undefined : given || undefined,
    expected: "a path",
    fault: (given) =>
      given === ""
        ? undefined
        : `Expected a path in UTF-8, but got ${
          quoted(given)
        }, in which U+FFFD stands for other bytes`,
    completion: metavar === "FOLDER" ? "folder" : "any",
  });
}

/** A whole number from `least` to `most`, both included. */
export function wholeNumber(
  { least, most }: { readonly least: number; readonly most: number },
): Kind<number> {
  return kind({
    metavar: "N",
    parse(given) {
      const value = /^\d{1,15}$/.test(given) ? Number(given) : NaN;
      return value >= least && value <= most ? value : undefined;
    },
    expected: `a number from ${least} to ${most}`,
  });
}

/** A size in bytes from `least` to `most`; see `parseSizeBetween()`. */
export function byteSize(
  bounds: { readonly least: number; readonly most?: number },
): Kind<number> {
  const { least, most } = bounds;
  const range = most === undefined ? `at least ${least} B` : `from ${least} B to ${most} B`;
  return kind({
    metavar: "SIZE",
    parse: (given) => parseSizeBetween(given, bounds),
    expected: `a size such as 64KiB or 4GiB, ${range}`,
    format: (size) => formatSize(size).replace(" ", ""),
  });
}

/** A time in milliseconds from `least`, 0, to `most`, a day; see `parseDurationFrom()`. */
export function duration(least = 0, most: number = DAY): Kind<number> {
  const range = `from ${exactTime(least)} to ${exactTime(most)}`;
  return kind({
    metavar: "TIME",
    parse: (given) => parseDurationFrom(given, least, most),
    expected: `a time such as ${most > DAY ? "90m, 12h or 7d" : "500ms, 10s or 2m"}, ${range}`,
    format: exactTime,
  });
}

/** A time as `parseDuration()` reads it back, in the largest unit that fits. */
function exactTime(milliseconds: number): string {
  if (milliseconds === 0) return "0s";
  if (milliseconds > DAY && milliseconds % DAY === 0) return `${milliseconds / DAY}d`;
  for (const [unit, size] of [["h", 3_600_000], ["m", 60_000], ["s", 1000]] as const) {
    if (milliseconds % size === 0) return `${milliseconds / size}${unit}`;
  }
  return `${milliseconds}ms`;
}

/** One of some words. */
export function choice<const T extends string>(metavar: string, words: readonly T[]): Kind<T> {
  return kind({
    metavar,
    parse: (given) => words.find((word) => word === given),
    expected: words.length === 1 ? `${words[0]}` : `one of ${words.join(", ")}`,
    completion: words,
  });
}

/** The address of a server; see `parseAddress()` for its errors. */
export const address: Kind<Address> = {
  metavar: "HOST:PORT",
  completion: [],
  format: formatAddress,
  read(given) {
    try {
      return parseAddress(given);
    } catch (error) {
      if (error instanceof TextFileError) throw new ValueError(error.message, { cause: error });
      throw error;
    }
  },
};

/** The word for no limit. */
const NONE = "none";

/** A number of that kind, or `none`, which is read as `unlimited`. */
export function orNone(of: Kind<number>, unlimited = Number.MAX_SAFE_INTEGER): Kind<number> {
  return {
    ...of,
    read: (given) => given === NONE ? unlimited : of.read(given),
    format: (limit) => limit === unlimited ? NONE : of.format(limit),
  };
}

/** The official revisions of protocol 3, named after the year and the family of their codes. */
export const REVISION_NAMES = ["2022c", "2023a", "2023c", "2024a", "2024c"] as const;

/** One of `REVISION_NAMES`. */
export type RevisionName = typeof REVISION_NAMES[number];

/** A revision by name, or `auto` to detect it: the value of `--revision` on both sides. */
export type RevisionChoice = RevisionName | "auto";

const CHOICES: readonly RevisionChoice[] = ["auto", ...REVISION_NAMES];

/** The choices in words, for help texts: `auto, 2022c, ... or 2024c`. */
export const REVISION_CHOICES: string = `${CHOICES.slice(0, -1).join(", ")} or ${CHOICES.at(-1)}`;

/** The value of `--revision`. */
export const revisionChoice: Kind<RevisionChoice> = choice("REVISION", CHOICES);

/** Whether `name` names a revision. */
export function isRevisionName(name: string): name is RevisionName {
  return REVISION_NAMES.some((known) => known === name);
}
