import { type Command, hasFlag, type Setting, variableOf } from "./setting.ts";

/** The texts of `--help` besides the settings. */
export interface ProgramText {
  /** The forms of its command line, one per line. */
  readonly usage: readonly string[];
  /** Its purpose, in a sentence. */
  readonly brief: string;
  /** Its commands with their purposes. Default: none. */
  readonly commands?: readonly Entry[];
  /** Command lines. */
  readonly examples: readonly string[];
  /** Further paragraphs, such as the shape of results. Default: none. */
  readonly notes?: readonly string[];
  /** The syntax of values. Default: `VALUES`. */
  readonly values?: readonly string[];
  /** The meaning of each exit code. */
  readonly exitCodes: string;
  /** Whether each flag has a variable. Default: true. */
  readonly variables?: boolean;
}

export interface HelpDisplay {
  /** Columns of the terminal; undefined or 0 if unknown. */
  readonly columns: number | undefined;
  readonly colors: boolean;
}

/** A line of a list: what is described, and its description. */
export interface Entry {
  readonly term: string;
  readonly text: string;
}

/** Limits for the columns of help texts: longer lines are hard to read. */
const WIDTH = { least: 60, usual: 80, most: 100 } as const;

/** Columns before a description; a longer term has a line of its own. */
const INDENT = 24;

/** The syntax of values in both programs; see `quantity.ts`. */
export const VALUES: readonly string[] = [
  "SIZE: 1024, 64KiB, 1.5MB; in B (the default), kB, MB, GB, KiB, MiB or GiB.",
  "TIME: 500ms, 30s, 2m; in ms, s (the default), m, h or d.",
  "A flag counts more than the variable named beside it.",
];

/** The flags that every command has. */
export const COMMON_FLAGS: readonly Entry[] = [
  { term: "-h, --help", text: "Show this help." },
  { term: "--version", text: "Show the version." },
];

/** The default of a setting as a user would write it; undefined if there is none. */
export function defaultOf(setting: Setting): string | undefined {
  const hasDefault = setting.type === "value" || setting.type === "argument";
  if (!hasDefault || setting.fallback === undefined) return undefined;
  return setting.kind.format(setting.fallback) || undefined;
}

/** The form of a setting: `-f, --flag VALUE`, or the name of an argument. */
export function termOf(setting: Setting): string {
  if (!hasFlag(setting)) return setting.kind.metavar;
  const { flag, short } = setting;
  const names = short === undefined ? flag : `${short}, ${flag}`;
  return setting.type === "switch" ? names : `${names} ${setting.kind.metavar}`;
}

/**
 * A setting with its description for help texts and the manual, optionally without its variable.
 */
export function entryOf(setting: Setting, { variables = true } = {}): Entry {
  const usual = defaultOf(setting);
  const text = usual === undefined ? setting.help : `${setting.help} (default: ${usual})`;
  const also = variables && hasFlag(setting) ? ` Also: ${variableOf(setting.flag)}` : "";
  return { term: termOf(setting), text: `${text}.${also}` };
}

/** The help text of a command. */
export function helpText(
  command: Command,
  text: ProgramText & HelpDisplay,
): string {
  const { usage, brief, commands = [], examples, notes = [], values = VALUES, exitCodes } = text;
  const { variables = true, columns, colors } = text;
  const width = Math.max(WIDTH.least, Math.min(columns || WIDTH.usual, WIDTH.most));
  const title = (text: string) => colors ? `\x1b[1m${text}:\x1b[0m` : `${text}:`;
  const sections = Object.entries(command)
    .map(([title, section]) => ({
      title,
      entries: Object.values(section).map((one) => entryOf(one, { variables })),
    }));
  const all = [COMMON_FLAGS, commands, ...sections.map(({ entries }) => entries)].flat();
  const longest = Math.max(...all.map(({ term }) => term.length));
  const indent = Math.min(INDENT, longest + 4);
  const list = (entries: readonly Entry[]) =>
    entries.flatMap((entry) => listed(entry, { indent, width }));
  return [
    ...usage.map((line, index) => `${index === 0 ? "Usage:" : "      "} ${line}`),
    "",
    ...wrapped(brief, width),
    ...commands.length === 0 ? [] : ["", title("Commands"), ...list(commands)],
    "",
    ...list(COMMON_FLAGS),
    ...sections.flatMap(({ title: text, entries }) => ["", title(text), ...list(entries)]),
    "",
    title("Examples"),
    ...examples.map((line) => `  ${line}`),
    "",
    ...[...notes, ...values, `Exit codes: ${exitCodes}`].flatMap((line) => wrapped(line, width)),
    "",
  ].join("\n");
}

function listed(
  { term, text }: Entry,
  { indent, width }: { readonly indent: number; readonly width: number },
): readonly string[] {
  const lines = wrapped(text, width - indent);
  const head = `  ${term}`;
  const space = " ".repeat(indent);
  if (head.length + 2 > indent) return [head, ...lines.map((line) => space + line)];
  return lines.map((line, index) => (index === 0 ? head.padEnd(indent) : space) + line);
}

/** A text in lines of at most `width` columns, broken at blanks. */
function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line: string | undefined;
  for (const word of text.split(" ")) {
    if (line === undefined) {
      line = word;
    } else if (line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = `${line} ${word}`;
    }
  }
  return [...lines, line ?? ""];
}
