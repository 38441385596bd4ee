import { quotedPath } from "../../shared/text/quoted.ts";
import { ClientError, EXIT } from "../client_error.ts";
import type { ClientIo, Stream } from "../client_io.ts";
import type { CommandContext } from "../command_context.ts";
import type { OnConflict } from "../settings/send_settings.ts";

/** What to do with an entry in whose place another one is. */
export type ConflictChoice = "replace" | "skip" | "rename" | "refuse";

/** An entry that has the place of another one that is to be sent or fetched. */
export interface Conflict {
  /** Its path, for people. */
  readonly path: string;
  readonly there: "file" | "folder" | "link";
  /** Whether the other one can replace it: nothing replaces a folder, and no folder anything. */
  readonly mayReplace: boolean;
}

/**
 * Answers as letters and as words; in upper case they hold for all further files. Only a whole
 * answer counts: two of the words begin alike, and one of these loses what is there.
 */
const ANSWERS: ReadonlyMap<string, ConflictChoice> = new Map([
  ["r", "replace"],
  ["replace", "replace"],
  ["s", "skip"],
  ["skip", "skip"],
  ["n", "rename"],
  ["number", "rename"],
  ["rename", "rename"],
]);

/** What questions are asked on, and whether they can be. */
interface AskingIo {
  readonly stdin: Stream;
  readonly stderr: Stream;
  readonly ask: ClientIo["ask"];
}

const WHAT = { file: "another file", folder: "a folder", link: "a link" } as const;

/**
 * Decides what becomes of an entry in whose place another one is: as the setting says, or as the
 * user does, one question at a time. Without a terminal `ask` refuses, and so does `replace` what
 * cannot be replaced.
 */
export function conflictAsker(
  setting: OnConflict,
  { io, screen }: {
    readonly io: AskingIo;
    readonly screen: Pick<CommandContext["screen"], "clear">;
  },
): (conflict: Conflict) => Promise<ConflictChoice> {
  if (setting !== "ask") {
    return ({ mayReplace }) =>
      Promise.resolve(setting === "replace" && !mayReplace ? "refuse" : setting);
  }
  const isTerminal = io.stdin.isTerminal() && io.stderr.isTerminal();
  if (!isTerminal) return () => Promise.resolve("refuse");
  let forAll: ConflictChoice | undefined;
  // Files are fetched side by side: others may come to a question when it was ended.
  let ended: ClientError | undefined;
  return ({ path, there, mayReplace }) =>
    Promise.try(() => {
      const mayBe = (choice: ConflictChoice) => mayReplace || choice !== "replace";
      const ways = mayReplace
        ? "Replace it, skip it, or give the new one a number? [r/s/n, in upper case for all]"
        : "Skip the new one, or give it a number? [s/n, in upper case for all]";
      while (forAll === undefined || !mayBe(forAll)) {
        if (ended !== undefined) throw ended;
        screen.clear();
        const answer = io.ask(`${quotedPath(path)} is ${WHAT[there]} already. ${ways}`);
        if (answer === null) {
          ended = new ClientError("Ended at a question; what was done before stays", {
            reason: "interrupted",
            exitCode: EXIT.interrupted,
            hopeless: true,
          });
          continue;
        }
        const text = answer.trim();
        const choice = ANSWERS.get(text.toLowerCase());
        if (choice === undefined || !mayBe(choice)) continue;
        if (text !== text.toUpperCase()) return choice;
        forAll = choice;
      }
      return forAll;
    });
}
