import type { Completion } from "../../shared/settings/kind.ts";
import { readWordsBefore } from "../../shared/settings/words_before.ts";
import {
  type Command,
  type FlagSetting,
  hasFlag,
  type Setting,
  settingsIn,
} from "../../shared/settings/setting.ts";
import { HELP, isCommand } from "../settings/send_settings.ts";
import { COMMANDS, SHELLS } from "../settings/commands.ts";

/** A suggestion: a text with its description, or a path, which the shell completes. */
export type Suggestion =
  | { readonly type: "text"; readonly text: string; readonly description: string }
  | { readonly type: "path"; readonly folder: boolean };

/** Flags of every command. */
const COMMON: Readonly<Record<string, string>> = {
  "--help": "Show help",
  "--version": "Show the version",
};

/**
 * Suggestions for the last word of a command line, given the words after the program's name. For
 * `--flag=VALUE` the texts begin with the flag, and a path stands for the value alone.
 */
export function suggestions(words: readonly string[]): readonly Suggestion[] {
  const [first = "", ...rest] = words;
  const [next, ...more] = rest;
  if (next === undefined) return [...commands(first), ...ofCommand("send", words)];
  if (first === HELP) return more.length === 0 ? commands(next) : [];
  if (first === "completions") {
    return more.length === 0 ? beginning(next, SHELLS.map((shell) => [shell, ""])) : [];
  }
  return isCommand(first) ? ofCommand(first, rest) : ofCommand("send", words);
}

function commands(word: string): readonly Suggestion[] {
  const summaries = Object.entries(COMMANDS).map(([name, { summary }]) => [name, summary] as const);
  return beginning(word, [...summaries, [HELP, "Show help, or that of a command"]]);
}

function ofCommand(
  name: keyof typeof COMMANDS,
  words: readonly string[],
): readonly Suggestion[] {
  const command: Command = COMMANDS[name].settings;
  const settings = settingsIn(command).map(([, setting]) => setting);
  const flags = new Map<string, FlagSetting>();
  for (const setting of settings.filter(hasFlag)) {
    flags.set(setting.flag, setting);
    if (setting.short !== undefined) flags.set(setting.short, setting);
  }
  const last = words.at(-1) ?? "";
  const { due, given, args, isOpen } = readWordsBefore(words.slice(0, -1), flags);
  if (due !== undefined) return values(due, last);
  if (isOpen && last.startsWith("-")) {
    const [, flag = "", value] = /^(--[a-z-]+)=(.*)$/s.exec(last) ?? [];
    if (value !== undefined) return values(flags.get(flag), value, `${flag}=`);
    const left = settings.filter(hasFlag)
      .filter(({ flag, type }) => type === "list" || !given.has(flag))
      .map(({ flag, help }) => [flag, sentence(help)] as const);
    return beginning(last, [...left, ...Object.entries(COMMON)]);
  }
  const all = settings.filter((setting) => !hasFlag(setting));
  const setting = all[args] ?? all.findLast(({ type }) => type === "arguments");
  return values(setting, last);
}

/** Suggestions for a value; `prefix` is the part of the word before it. */
function values(setting: Setting | undefined, word: string, prefix = ""): readonly Suggestion[] {
  if (setting === undefined || setting.type === "switch") return [];
  const completion: Completion = setting.kind.completion;
  if (typeof completion === "string") return [{ type: "path", folder: completion === "folder" }];
  return beginning(`${prefix}${word}`, completion.map((text) => [`${prefix}${text}`, ""]));
}

function beginning(
  word: string,
  texts: readonly (readonly [text: string, description: string])[],
): readonly Suggestion[] {
  return texts.filter(([text]) => text.startsWith(word))
    .map(([text, description]) => ({ type: "text", text, description }));
}

/** The first sentence of a help text, without defaults in brackets: shells show one line. */
function sentence(help: string): string {
  return help.replace(/(?:\. | \(default:).*$/s, "");
}
