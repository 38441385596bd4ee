import { type Message, message, text as messageText } from "@optique/core/message";
import type { NonEmptyString } from "@optique/core/nonempty";
import type { ValueParser } from "@optique/core/valueparser";
import { type Address, formatAddress, parseAddress } from "../text/address.ts";
import { TextFileError } from "../text/text_file_error.ts";
import { formatSize, LONGEST_TIME, parseDurationFrom, parseSizeBetween } from "./quantity.ts";

/** How one kind of value is read from the command line, in the terms of optique. */
export interface ValueSyntax<T> {
  /** What stands for the value in help texts. */
  readonly metavar: NonEmptyString;
  /** Some value of the type, for the parser's own bookkeeping. */
  readonly placeholder: T;
  /** Reads it; undefined when the text is not one. */
  readonly parse: (text: string) => T | undefined;
  /** Says what was expected instead of `text`. */
  readonly expected: (text: string) => Message;
  /** Writes it, for help texts. Default: `String()`. */
  readonly format?: (value: T) => string;
  /** Values that a shell may complete. Default: none. */
  readonly suggestions?: readonly string[];
}

/** A value parser for optique from a function that reads a text. */
export function valueParser<T>(syntax: ValueSyntax<T>): ValueParser<"sync", T> {
  const { metavar, placeholder, parse, expected, format = String, suggestions = [] } = syntax;
  return {
    mode: "sync",
    metavar,
    placeholder,
    format,
    parse(text) {
      const value = parse(text);
      return value === undefined
        ? { success: false, error: expected(text) }
        : { success: true, value };
    },
    suggest: (prefix) =>
      suggestions.filter((text) => text.startsWith(prefix))
        .map((text) => ({ kind: "literal", text })),
  };
}

/**
 * A text that is shown to people, without blanks around it: up to `longest` characters, no control
 * characters (which `lines` allows to be ends of lines), and nothing that turns the direction of
 * writing.
 */
export function shownText(
  metavar: NonEmptyString,
  { longest, lines = false }: { readonly longest: number; readonly lines?: boolean },
): ValueParser<"sync", string> {
  return valueParser({
    metavar,
    placeholder: "text",
    parse: (given) => faultOfText(given) === undefined ? shown(given) : undefined,
    expected: (given) =>
      message`Expected a text to show, but this one ${messageText(faultOfText(given) ?? "")}`,
  });

  function shown(given: string): string {
    return given.replaceAll(/\r\n?/g, "\n").trim();
  }

  function faultOfText(given: string): string | undefined {
    const text = shown(given);
    const { length } = [...text];
    if (length === 0) return "is empty";
    if (length > longest) return `has ${length} characters, and there is room for ${longest}`;
    if (!lines && text.includes("\n")) return "has several lines";
    return /[\p{Bidi_Control}\p{Cc}]/u.test(text.replaceAll("\n", ""))
      ? "has a control character in it"
      : undefined;
  }
}

/** A size in bytes, from `least` to `most`; see `parseSizeBetween()`. */
export function byteSize(
  bounds: { readonly least: number; readonly most?: number },
): ValueParser<"sync", number> {
  const { least, most } = bounds;
  const range = most === undefined ? `at least ${least} B` : `from ${least} B to ${most} B`;
  return valueParser({
    metavar: "SIZE",
    placeholder: least,
    parse: (text) => parseSizeBetween(text, bounds),
    expected: (text) =>
      message`Expected a size such as 64KiB or 4GiB, ${messageText(range)}, but got ${text}`,
    format: (size) => formatSize(size).replace(" ", ""),
  });
}

/** A time in milliseconds from `least` up to a day; see `parseDurationFrom()`. */
export function duration(least = 0): ValueParser<"sync", number> {
  const range = `from ${exactTime(least)} to ${exactTime(LONGEST_TIME)}`;
  return valueParser({
    metavar: "TIME",
    placeholder: least,
    parse: (text) => parseDurationFrom(text, least),
    expected: (text) =>
      message`Expected a time such as 500ms, 10s or 2m, ${messageText(range)}, but got ${text}`,
    format: exactTime,
  });
}

/** A time as `parseDuration()` reads it back, in the largest unit that fits. */
function exactTime(milliseconds: number): string {
  if (milliseconds === 0) return "0s";
  for (const [unit, size] of [["h", 3_600_000], ["m", 60_000], ["s", 1000]] as const) {
    if (milliseconds % size === 0) return `${milliseconds / size}${unit}`;
  }
  return `${milliseconds}ms`;
}

/** What the runtime puts in the place of bytes that are not UTF-8, in arguments and names. */
const REPLACED = "\ufffd";

/**
 * A path, which may be anything but empty. Shells complete it; a `FOLDER` by folders only. One that the
 * program `creates` has to be UTF-8: it would create another one.
 */
export function path(
  metavar: NonEmptyString,
  { creates = false }: { readonly creates?: boolean } = {},
): ValueParser<"sync", string> {
  return {
    ...valueParser({
      metavar,
      placeholder: ".",
      parse: (text) => text === "" || creates && text.includes(REPLACED) ? undefined : text,
      expected: (text) =>
        text === ""
          ? message`Expected a path, but got nothing`
          : message`Expected a path in UTF-8, but got ${text}, in which U+FFFD stands for other bytes`,
    }),
    suggest: (pattern) => [
      { kind: "file", type: metavar === "FOLDER" ? "directory" : "any", pattern },
    ],
  };
}

/** Where a server is; see `parseAddress()`, whose word counts for what is wrong. */
export const address: ValueParser<"sync", Address> = {
  mode: "sync",
  metavar: "HOST:PORT",
  placeholder: { host: "127.0.0.1", port: 1256 },
  format: formatAddress,
  parse(text) {
    try {
      return { success: true, value: parseAddress(text) };
    } catch (error) {
      if (!(error instanceof TextFileError)) throw error;
      return { success: false, error: [messageText(error.message)] };
    }
  },
};
