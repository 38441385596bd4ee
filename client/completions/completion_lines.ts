import { formatMessage } from "@optique/core/message";
import type { Suggestion } from "@optique/core/parser";

/** Asks what the last of some words may become. */
export type Suggest = (words: readonly string[]) => readonly Suggestion[];

/**
 * What the last of `words` may become, for the scripts of zsh and fish: a line of text for each, with
 * a tab and what it is behind it, if that is known, or `__FILE__:directory:` for a folder and
 * `__FILE__:any:` for any file, which the shell knows itself. Of `--flag=VALUE` it is the value that
 * is meant by these.
 */
export function completionLines(words: readonly string[], suggest: Suggest): string {
  const before = words.slice(0, -1);
  const last = words.at(-1) ?? "";
  const [, flag = "", value = last] = /^(--[a-z-]+)=(.*)$/s.exec(last) ?? [];
  const found = suggest(flag === "" ? words : [...before, flag, value]);
  const beginning = flag === "" ? "" : `${flag}=`;
  return found.map((one) => `${lineFor(one, beginning)}\n`).join("");
}

function lineFor(one: Suggestion, beginning: string): string {
  // Scripts of earlier versions read the empty fields behind it.
  if (one.kind === "file") return `__FILE__:${one.type === "directory" ? "directory" : "any"}:::0`;
  const text = one.description === undefined
    ? ""
    : summaryOf(formatMessage(one.description, PLAIN));
  return `${beginning}${one.text}${text === "" ? "" : `\t${text}`}`;
}

const PLAIN = { quotes: false, colors: false } as const;

/** The first sentence: shells show one line. */
function summaryOf(description: string): string {
  return description.replaceAll(/\s+/g, " ").replace(/(?:\. | \(default:).*$/, "").replace(
    /\.$/,
    "",
  );
}
