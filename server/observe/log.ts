import {
  configure,
  getJsonLinesFormatter,
  getLogger,
  type Logger,
  type LogRecord,
} from "@logtape/logtape";
import { getPrettyFormatter } from "@logtape/pretty";

/** The levels that can be set, the chattiest first. */
export const LOG_LEVELS = ["debug", "info", "warning", "error"] as const;
/** One of `LOG_LEVELS`. */
export type LogLevelName = typeof LOG_LEVELS[number];

/** The forms that can be set: one for people, one for programs. */
export const LOG_FORMATS = ["pretty", "json"] as const;
/** One of `LOG_FORMATS`. */
export type LogFormat = typeof LOG_FORMATS[number];

/** How to log. */
export interface LogOptions {
  readonly level: LogLevelName;
  readonly format: LogFormat;
  readonly colors: boolean;
  /** Takes each line, with its line feed. */
  readonly write: (line: string) => void;
}

/**
 * Sets up logging for the process and returns the server's logger. A line never holds keys, whole
 * ids or contents: nobody who logs has them in a message or a property. What a client chose (its
 * name, a file's) is quoted and escaped, so that it cannot forge a line of its own.
 */
export async function openLog({ level, format, colors, write }: LogOptions): Promise<Logger> {
  const line = format === "json"
    ? getJsonLinesFormatter({ message: "rendered", properties: "flatten" })
    : prettyFormatter(colors);
  await configure({
    reset: true,
    sinks: { standardError: (record) => write(shortenIds(escapeInvisible(line(record), format))) },
    loggers: [
      { category: "sealpost", lowestLevel: level, sinks: ["standardError"] },
      { category: ["logtape", "meta"], lowestLevel: "error", sinks: ["standardError"] },
    ],
  });
  return getLogger(["sealpost", "server"]);
}

/**
 * Time with its offset, level, whom it is about, the message, numbers that it does not mention:
 * `2026-11-28T09:14:12.471+01:00   info  #3 192.0.2.7 64f3… 'Bo': Stored 'a.txt': 3 bytes,
 * verified`.
 */
function prettyFormatter(colors: boolean): (record: LogRecord) => string {
  const format = getPrettyFormatter({
    colors,
    icons: false,
    timestamp: localTime,
    wordWrap: false,
    align: false,
    categorySeparator: "",
  });
  return (record) => {
    const message = [...about(record)];
    const last = message.length - 1;
    message[last] = `${message[last]}${unmentioned(record)}`;
    return format({ ...record, category: [], message });
  };
}

/**
 * The message of a record behind connection, address and client, as far as it has them. Nothing
 * that a client chose comes before the address, so that programs can rely on what stands there.
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

/** The time of this machine with its offset, as RFC 3339 has it. */
function localTime(milliseconds: number): string {
  const offset = -new Date(milliseconds).getTimezoneOffset();
  const local = new Date(milliseconds + offset * 60_000).toISOString().slice(0, -1);
  const twoDigits = (number: number) => String(Math.floor(number)).padStart(2, "0");
  const size = Math.abs(offset);
  return `${local}${offset < 0 ? "-" : "+"}${twoDigits(size / 60)}:${twoDigits(size % 60)}`;
}

/** What counts a record has beside those that its message shows: ` (downloads 3)`. */
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
 * The formatters escape control characters, but leave those that are invisible or turn the
 * direction of writing; with these a name could make a line look like another one. JSON knows
 * escapes of four digits only, one for each half of a surrogate pair.
 */
function escapeInvisible(line: string, format: LogFormat): string {
  return line.replace(/[\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu, (character) => {
    if (format === "pretty") return `\\u{${character.codePointAt(0)?.toString(16)}}`;
    return character.split("").map((half) => `\\u${hex(half.charCodeAt(0)).padStart(4, "0")}`)
      .join("");
  });
}

/**
 * Whoever knows a client's whole id can speak in its name. Nobody logs one on purpose, but it is
 * part of the paths that messages about the disk mention.
 */
function shortenIds(line: string): string {
  // What stands before an id may be an escape, which ends in a letter or a digit itself.
  return line.replace(
    /(^|[^0-9a-f]|\\[bfnrt]|\\u[0-9a-f]{4})([0-9a-f]{4})[0-9a-f]{28}(?![0-9a-f])/g,
    "$1$2…",
  );
}

function hex(number: number): string {
  return number.toString(16);
}
