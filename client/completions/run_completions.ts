import type { CompletionsSettings, Shell } from "../settings/commands.ts";
import { bashScript } from "./bash_script.ts";
import { fishScript } from "./fish_script.ts";
import { powershellScript } from "./powershell_script.ts";
import { type Suggestion, suggestions } from "./suggestions.ts";
import { zshScript } from "./zsh_script.ts";

/** The name of the installed program. */
const PROGRAM = "sealpost";

const SCRIPTS: Readonly<Record<Shell, (program: string) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
  powershell: powershellScript,
};

/**
 * The command `completions`: prints the script for a shell, or, when called by the script, the
 * suggestions for the last of `words`.
 */
export function runCompletions(
  { shell, words }: Pick<CompletionsSettings, "shell" | "words">,
  write: (text: string) => void,
): void {
  if (words === undefined) write(SCRIPTS[shell](PROGRAM));
  // bash shows no descriptions.
  else write(completionLines(suggestions(words), { descriptions: shell !== "bash" }));
}

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
