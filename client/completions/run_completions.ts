import { bash, pwsh, type ShellCompletion } from "@optique/core/completion";
import { text } from "@optique/core/message";
import { type Parser, type Suggestion, suggestSync } from "@optique/core/parser";
import { COMMANDS } from "../settings/command_line.ts";
import { completionLines } from "./completion_lines.ts";
import { type CompletionsSettings, type Shell, SHELLS } from "../settings/completions_settings.ts";
import { fishScript } from "./fish_script.ts";
import { zshScript } from "./zsh_script.ts";

/** The name by which the client is called where it is installed. */
const PROGRAM = "sealpost";

/** The command without settings, which shows what the others can be told. */
const HELP = "help";

/** What the library has for two shells, and what we have for the others. */
const SCRIPTS: Readonly<Record<Shell, ShellCompletion | ((program: string) => string)>> = {
  bash,
  zsh: zshScript,
  fish: fishScript,
  powershell: pwsh,
};

/**
 * The command `completions`: prints the script for a shell, or, when the script asks, what the last
 * of `words` may become, in the form that the script reads.
 */
export function runCompletions(
  { shell, words }: CompletionsSettings,
  write: (text: string) => void,
): void {
  const script = SCRIPTS[shell];
  const asked = words?.length ? words : undefined;
  if (typeof script === "function") {
    write(asked === undefined ? script(PROGRAM) : completionLines(asked, suggestions));
  } else if (asked === undefined) {
    write(script.generateScript(PROGRAM, ["completions", shell]));
  } else {
    write([...script.encodeSuggestions(suggestions(asked))].join(""));
  }
}

/** What the last word of a command line may become. The words are those behind the program's name. */
export function suggestions(words: readonly string[]): readonly Suggestion[] {
  const [first = "", ...rest] = words;
  const [next, ...more] = rest;
  if (next === undefined) return [...commands(first), ...ofParser("send", [first])];
  if (first === HELP) return more.length === 0 ? commands(next) : [];
  if (first === "completions") return more.length === 0 ? shells(next) : [];
  return isCommand(first)
    ? ofParser(first, [next, ...more])
    : ofParser("send", [first, next, ...more]);
}

function ofParser(
  command: keyof typeof COMMANDS,
  words: readonly [string, ...string[]],
): readonly Suggestion[] {
  // Variables have no part in it: what they set can be set by a flag all the same.
  const parser: Parser<"sync", unknown, unknown> = COMMANDS[command].parser(() => undefined);
  const last = words.at(-1) ?? "";
  const found = [...suggestSync(parser, words), ...common(last)];
  const texts = found.filter((one) => one.kind === "literal");
  // The parser names files as well, where a flag or one of its values is due, which may be none.
  const noFile = texts.some(({ text }) => last.startsWith("-") || !text.startsWith("-"));
  return noFile ? texts : found;
}

/** The flags that every command has. */
function common(word: string): readonly Suggestion[] {
  if (!word.startsWith("-")) return [];
  return literals({ "--help": "Show help", "--version": "Show the version" }, word);
}

function commands(word: string): readonly Suggestion[] {
  const summaries = Object.entries(COMMANDS).map(([name, { summary }]) => [name, summary]);
  return literals({
    ...Object.fromEntries(summaries),
    [HELP]: "Show help, or that of a command",
  }, word);
}

function shells(word: string): readonly Suggestion[] {
  return literals(Object.fromEntries(SHELLS.map((shell) => [shell, ""])), word);
}

function literals(texts: Readonly<Record<string, string>>, word: string): readonly Suggestion[] {
  return Object.entries(texts).filter(([literal]) => literal.startsWith(word))
    .map(([literal, description]) => ({
      kind: "literal",
      text: literal,
      description: [text(description)],
    }));
}

function isCommand(word: string): word is keyof typeof COMMANDS {
  return Object.hasOwn(COMMANDS, word);
}
