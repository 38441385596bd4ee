import type { Suggestion } from "./suggestions.ts";

/**
 * Suggestions as the scripts read them: a line for each, with a tab and its description where that
 * is known and `descriptions` is set, or `__FILE__:directory:` for a folder and `__FILE__:any:` for
 * any file; the shell completes these itself.
 */
export function completionLines(
  suggestions: readonly Suggestion[],
  { descriptions }: { readonly descriptions: boolean },
): string {
  return suggestions.map((one) => {
    // Scripts of earlier versions expect the empty fields at the end.
    if (one.type === "path") return `__FILE__:${one.folder ? "directory" : "any"}:::0\n`;
    const { text, description } = one;
    return descriptions && description !== "" ? `${text}\t${description}\n` : `${text}\n`;
  }).join("");
}
