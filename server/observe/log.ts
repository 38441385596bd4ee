import {
  configure,
  getJsonLinesFormatter,
  getLogger,
  type Logger,
  type LogRecord,
} from "@logtape/logtape";
import { LineLimit, type LineLimitOptions } from "./line_limit.ts";
import { prettyFormatter } from "./pretty_formatter.ts";

/** The levels that can be set, from the most detailed one. */
export const LOG_LEVELS = ["debug", "info", "warning", "error"] as const;
export type LogLevelName = typeof LOG_LEVELS[number];

/** The formats that can be set: one for people, one for programs. */
export const LOG_FORMATS = ["pretty", "json"] as const;
export type LogFormat = typeof LOG_FORMATS[number];

export interface LogOptions extends Pick<LineLimitOptions, "addressKey" | "clock"> {
  readonly level: LogLevelName;
  readonly format: LogFormat;
  readonly colors: boolean;
  /** Called with each line, including its line feed. */
  readonly write: (line: string) => void;
}

/**
 * Sets up logging for the process and returns the server's logger. No line contains keys, whole ids
 * or contents: messages and properties do not have them. Text from a client (its name, a file's
 * name) is quoted and escaped, so that it cannot forge a line.
 */
export async function openLog(
  { level, format, colors, write, addressKey, clock }: LogOptions,
): Promise<Logger> {
  const line = format === "json"
    ? getJsonLinesFormatter({ message: "rendered", properties: "flatten" })
    : lineFormatter(colors);
  const limit = new LineLimit({
    write: (record) => write(shortenIds(escapeInvisible(line(record), format))),
    addressKey,
    clock,
  });
  await configure({
    reset: true,
    sinks: { standardError: (record) => limit.write(record) },
    loggers: [
      { category: "sealpost", lowestLevel: level, sinks: ["standardError"] },
      { category: ["logtape", "meta"], lowestLevel: "error", sinks: ["standardError"] },
    ],
  });
  return getLogger(["sealpost", "server"]);
}

/**
 * Time with its offset, level, connection and client, the message, and numbers that it does not
 * mention: `2026-11-28T09:14:12.471+01:00   info  #3 192.0.2.7 64f3… 'Bo': Stored 'a.txt': 3
 * bytes, verified`.
 */
function lineFormatter(colors: boolean): (record: LogRecord) => string {
  const format = prettyFormatter({ colors });
  return (record) => {
    const message = [...about(record)];
    const last = message.length - 1;
    message[last] = `${message[last]}${unmentioned(record)}`;
    return format({ ...record, message });
  };
}

/**
 * Returns the message of a record, preceded by its connection, address and client if it has them.
 * No text from a client precedes the address, so that programs can parse it.
 */
function about({ rawMessage, message, properties }: LogRecord): readonly unknown[] {
  const { connection, address, client, name } = properties;
  if (connection === undefined) return message;
  const [start = "", ...rest] = message;
  const known = [`#${connection}`, address, client].filter((part) => part !== undefined).join(" ");
  if (known === `#${connection}`) return [`${known} ${start}`, ...rest];
  if (name === undefined || String(rawMessage).includes("{name}")) {
    return [`${known}: ${start}`, ...rest];
  }
  return [`${known} `, name, `: ${start}`, ...rest];
}

/** Formats the counts of a record that its message does not contain: ` (downloads 3)`. */
function unmentioned({ rawMessage, properties }: LogRecord): string {
  const numbers = Object.entries(properties).filter(([name, value]) =>
    typeof value === "number" && value !== 0 && !["connection", "milliseconds"].includes(name) &&
    !String(rawMessage).includes(`{${name}}`)
  );
  return numbers.length === 0
    ? ""
    : ` (${numbers.map(([name, value]) => `${name} ${value}`).join(", ")})`;
}

/**
 * Escapes characters that are invisible or change the direction of writing, which the formatters
 * leave: with them a name could make a line look like another one. JSON has escapes of four digits
 * only, one for each half of a surrogate pair.
 */
function escapeInvisible(line: string, format: LogFormat): string {
  return line.replace(/[\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu, (character) => {
    if (format === "pretty") return `\\u{${character.codePointAt(0)?.toString(16)}}`;
    return character.split("").map((half) => `\\u${hex(half.charCodeAt(0)).padStart(4, "0")}`)
      .join("");
  });
}

/**
 * Shortens client ids: a whole id lets anyone impersonate the client. None is logged on purpose,
 * but ids are part of the paths in messages about the disk.
 */
function shortenIds(line: string): string {
  // The text before an id may be an escape, which also ends in a letter or a digit.
  return line.replace(
    /(^|[^0-9a-f]|\\[bfnrt]|\\u[0-9a-f]{4})([0-9a-f]{4})[0-9a-f]{28}(?![0-9a-f])/g,
    "$1$2…",
  );
}

function hex(number: number): string {
  return number.toString(16);
}
