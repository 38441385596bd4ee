import { quotedPath } from "../../shared/text/quoted.ts";
import { ClientError, EXIT } from "../client_error.ts";
import type { CommandContext } from "../command_context.ts";
import type { OnConflict } from "../settings/send_settings.ts";

/** What to do with a file in whose place another one is. */
export type ConflictChoice = "replace" | "skip" | "rename" | "refuse";

/** Answers by their first letter; in upper case they hold for all further files. */
const ANSWERS: ReadonlyMap<string, ConflictChoice> = new Map([
  ["r", "replace"],
  ["s", "skip"],
  ["n", "rename"],
]);

/**
 * Decides what becomes of a file in whose place another one is: as the setting says, or as the user
 * does, one question at a time. Without a terminal `ask` refuses.
 */
export function conflictAsker(
  setting: OnConflict,
  { io, screen }: Pick<CommandContext, "io" | "screen">,
): (path: string) => Promise<ConflictChoice> {
  if (setting !== "ask") return () => Promise.resolve(setting);
  const isTerminal = io.stdin.isTerminal() && io.stderr.isTerminal();
  if (!isTerminal) return () => Promise.resolve("refuse");
  let forAll: ConflictChoice | undefined;
  return (path) =>
    Promise.try(() => {
      while (forAll === undefined) {
        screen.clear();
        const answer = io.ask(
          `${quotedPath(path)} is another file already. Replace it, skip it, or give the new one ` +
            "a number? [r/s/n, in upper case for all]",
        );
        if (answer === null) {
          throw new ClientError("Ended at a question; what was fetched stays", {
            reason: "interrupted",
            exitCode: EXIT.interrupted,
            hopeless: true,
          });
        }
        const letter = answer.trim().slice(0, 1);
        const choice = ANSWERS.get(letter.toLowerCase());
        if (choice !== undefined && letter === letter.toLowerCase()) return choice;
        forAll = choice;
      }
      return forAll;
    });
}
