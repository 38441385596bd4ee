import type { Suggestion } from "./suggestions.ts";

/**
 * Suggestions as the scripts read them: a line of text for each, with a tab and what it is behind
 * it where that is known and `descriptions` are wanted, or `__FILE__:directory:` for a folder and
 * `__FILE__:any:` for any file, which the shell knows itself.
 */
export function completionLines(
  suggestions: readonly Suggestion[],
  { descriptions }: { readonly descriptions: boolean },
): string {
  return suggestions.map((one) => {
    // Scripts of earlier versions read the empty fields behind it.
    if (one.type === "path") return `__FILE__:${one.folder ? "directory" : "any"}:::0\n`;
    const { text, description } = one;
    return descriptions && description !== "" ? `${text}\t${description}\n` : `${text}\n`;
  }).join("");
}
