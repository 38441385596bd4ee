import { type Message, message } from "@optique/core/message";
import type { NonEmptyString } from "@optique/core/nonempty";
import type { ValueParser } from "@optique/core/valueparser";
import { formatSize, parseDuration, parseSize } from "./quantity.ts";

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
}

/** A value parser for optique from a function that reads a text. */
export function valueParser<T>(syntax: ValueSyntax<T>): ValueParser<"sync", T> {
  const { metavar, placeholder, parse, expected, format = String } = syntax;
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
  };
}

/** A size in bytes, from `least` to `most`; see `parseSize()`. */
export function byteSize(
  { least, most = Number.MAX_SAFE_INTEGER, metavar = "SIZE" }: {
    readonly least: number;
    readonly most?: number;
    readonly metavar?: NonEmptyString;
  },
): ValueParser<"sync", number> {
  return valueParser({
    metavar,
    placeholder: least,
    parse: (text) => between(parseSize(text), least, most),
    expected: (text) =>
      message`Expected a size such as 64KiB or 4GiB, at least ${
        String(least)
      } bytes, but got ${text}.`,
    format: (size) => formatSize(size).replace(" ", ""),
  });
}

/** A time in milliseconds from `least` up to a day; see `parseDuration()`. */
export function duration(least = 0): ValueParser<"sync", number> {
  return valueParser({
    metavar: "TIME",
    placeholder: least,
    parse: (text) => between(parseDuration(text), least, 86_400_000),
    expected: (text) => message`Expected a time such as 500ms, 10s or 2m, but got ${text}.`,
    format: (time) => `${time / 1000}s`,
  });
}

function between(value: number | undefined, least: number, most: number): number | undefined {
  return value === undefined || value < least || value > most ? undefined : value;
}

/** A path, which may be anything but empty. */
export function path(metavar: NonEmptyString): ValueParser<"sync", string> {
  return valueParser({
    metavar,
    placeholder: ".",
    parse: (text) => text === "" ? undefined : text,
    expected: () => message`Expected a path, but got nothing.`,
  });
}
