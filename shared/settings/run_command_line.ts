import { runParser } from "@optique/core/facade";
import { formatMessage, lineBreak, type Message, text } from "@optique/core/message";
import type { Parser } from "@optique/core/parser";
import { visible } from "../text/quoted.ts";
import type { Environment } from "./variable.ts";

/** What `--help` says beside the settings. */
export interface ProgramText {
  /** The program's name. */
  readonly name: string;
  /** How it is called, one line for each way. */
  readonly usage: readonly string[];
  /** What it is, in a sentence. */
  readonly brief: string;
  /** Command lines. */
  readonly examples: readonly string[];
  /** Further paragraphs, such as the shape of results. Default: none. */
  readonly notes?: readonly string[];
  /** How values are written. Default: `VALUES`. */
  readonly values?: readonly string[];
  /** What each exit code means. */
  readonly exitCodes: string;
}

/** What a command line is read in. */
export interface CommandLineOptions {
  readonly env: Environment;
  readonly version: string;
  /** Takes text for standard output: help and version. */
  readonly stdout: (text: string) => void;
  /** Takes text for standard error: what could not be understood. It has no colours. */
  readonly stderr: (text: string) => void;
  /** Whether standard output is to have colours. */
  readonly colors: boolean;
  /** Columns of the terminal that standard output is; undefined or 0 where that is not known. */
  readonly columns: number | undefined;
  /**
   * Called when all is said, with 0 for help and version and with 2 for what is not understood, which
   * the complaint says once more, without what stands before it on standard error.
   */
  readonly onExit: (code: number, complaint?: string) => never;
}

/** Columns of help texts: fewer than these are not laid out for, and more are hard to read. */
const WIDTH = { least: 60, usual: 80, most: 100 } as const;

/** What holds for the values of both programs; see `quantity.ts`. */
export const VALUES: readonly string[] = [
  "SIZE: 1024, 64KiB, 1.5MB; in B (the default), kB, MB, GB, KiB, MiB or GiB.",
  "TIME: 500ms, 30s, 2m; in ms, s (the default), m or h; at most 24h.",
  "A flag counts more than the variable named beside it.",
];

/** Reads a command line, answers `--help` and `--version`, refuses what cannot be understood. */
export function runCommandLine<T>(
  parser: Parser<"sync", T, unknown>,
  args: readonly string[],
  { name, usage, brief, examples, notes = [], values = VALUES, exitCodes, ...options }:
    & ProgramText
    & CommandLineOptions,
): T {
  const { version, stdout, stderr, colors, columns, onExit } = options;
  return runParser(parser, name, args, {
    help: { option: { names: ["-h", "--help"] }, onShow: () => onExit(0) },
    version: { value: version, option: true, onShow: () => onExit(0) },
    // Where a line breaks, the parser leaves the blank before it.
    stdout: (help) => stdout(`${help.replaceAll(/ +$/gm, "")}\n`),
    stderr: () => {},
    onError(_code, error) {
      const complaint = oneLine(formatMessage(error));
      stderr(`error: ${complaint}\n`);
      return onExit(2, complaint);
    },
    aboveError: "none",
    colors,
    termWidth: "auto",
    maxWidth: Math.max(WIDTH.least, Math.min(columns || WIDTH.usual, WIDTH.most)),
    // The parser would break its own usage lines between a flag and its value.
    showUsage: false,
    brief: paragraphs([...usage.map(usageLine), "", brief]),
    examples: paragraphs(examples),
    footer: paragraphs([...notes, ...values, `Exit codes: ${exitCodes}`]),
  });
}

function usageLine(line: string, index: number): string {
  return `${index === 0 ? "Usage:" : "      "} ${line}`;
}

/** Lines of text, each of which is wrapped by itself. */
function paragraphs(lines: readonly string[]): Message {
  return lines.flatMap((line) => [text(line), lineBreak()]).slice(0, -1);
}

/** A message of the parser in the form of all others: one line, without a final period. */
function oneLine(message: string): string {
  return visible(message.trim().replaceAll(/\s*\n\s*/g, " ").replace(/\.$/, ""));
}
