import { object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import type { Parser } from "@optique/core/parser";
import { argument, constant } from "@optique/core/primitives";
import { choice } from "@optique/core/valueparser";

/** The shells that the client knows how to be completed in. */
export const SHELLS = ["bash", "zsh", "fish", "powershell"] as const;

/** One of `SHELLS`. */
export type Shell = typeof SHELLS[number];

/** What `completions` is to print. */
export interface CompletionsSettings {
  readonly command: "completions";
  readonly shell: Shell;
  /**
   * The words of a command line behind the program's name, the last of which is to be completed;
   * undefined for the script that asks for them.
   */
  readonly words: readonly string[] | undefined;
}

/** The argument of `completions`. Words to complete are not for a parser: they may be anything. */
export function completionsSettings(): Parser<
  "sync",
  Omit<CompletionsSettings, "words">,
  unknown
> {
  return object("What to print", {
    command: constant("completions"),
    shell: argument(choice(SHELLS, { metavar: "SHELL" }), {
      description: message`The shell to print a script for: bash, zsh, fish or powershell.`,
    }),
  });
}
