import { inspect } from "node:util";
import { getAnsiColorFormatter, getTextFormatter, type TextFormatter } from "@logtape/logtape";

/** Text that stands in single quotes as it is. */
const PLAIN = /^[ -&(-[\]-~]*$/;

/**
 * Returns what makes a line for people of a record: time, level, and the message with its values as
 * they are written in JavaScript.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const record = { category: [], level: "info", timestamp: 0, properties: {} } as const;
 * const message = ["Stored ", "a b", ": ", 3, " bytes"];
 * const line = prettyFormatter({ colors: false })({ ...record, message, rawMessage: "" });
 * assert.match(line, /^\S+   info  Stored 'a b': 3 bytes\n$/);
 * ```
 */
export function prettyFormatter({ colors }: { readonly colors: boolean }): TextFormatter {
  const formatter = colors ? getAnsiColorFormatter : getTextFormatter;
  return formatter({
    timestamp: localTime,
    level: "full",
    value: (value) => shown(value, colors),
    format: ({ timestamp, level, message }) => `${timestamp}   ${level}  ${message}`,
  });
}

/** Shows a value. Nothing in a text ends its quotes, or the line. */
function shown(value: unknown, colors: boolean): string {
  // Most values, of many lines in a second (decision 0102).
  if (!colors && typeof value === "string" && PLAIN.test(value)) return `'${value}'`;
  return inspect(value, { colors, compact: true, depth: Infinity });
}

/** Formats the local time with its offset, as in RFC 3339. */
function localTime(milliseconds: number): string {
  const offset = -new Date(milliseconds).getTimezoneOffset();
  const local = new Date(milliseconds + offset * 60_000).toISOString().slice(0, -1);
  const twoDigits = (number: number) => String(Math.floor(number)).padStart(2, "0");
  const size = Math.abs(offset);
  return `${local}${offset < 0 ? "-" : "+"}${twoDigits(size / 60)}:${twoDigits(size % 60)}`;
}
