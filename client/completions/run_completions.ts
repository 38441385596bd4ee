import type { CompletionsSettings, Shell } from "../settings/commands.ts";
import { bashScript } from "./bash_script.ts";
import { completionLines } from "./completion_lines.ts";
import { fishScript } from "./fish_script.ts";
import { powershellScript } from "./powershell_script.ts";
import { suggestions } from "./suggestions.ts";
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
