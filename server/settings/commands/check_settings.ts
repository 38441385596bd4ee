import type { ProgramText } from "../../../shared/settings/help.ts";
import { wholeNumber } from "../../../shared/settings/kind.ts";
import {
  type CommandLineOptions,
  runCommandLine,
} from "../../../shared/settings/run_command_line.ts";
import {
  type Command,
  optional,
  type SettingsOf,
  toggle,
} from "../../../shared/settings/setting.ts";
import { storageSettings } from "../storage_settings.ts";

/** The settings of the command that compares the database with the contents. */
export type CheckSettings = SettingsOf<ReturnType<typeof checkCommand>>;

/** The settings of the command that compares the database with the contents. */
export function checkCommand(home: string) {
  return {
    "What to check": {
      sample: optional("--sample", wholeNumber({ least: 1, most: 999_999_999 }), {
        help: "Look at so many files, chosen by chance, and not for contents that are nobody's; " +
          "without it at all of them",
      }),
      seed: optional("--seed", wholeNumber({ least: 0, most: 2 ** 32 - 1 }), {
        help: "What the choice of --sample follows from, to make the same one again",
      }),
      json: toggle("--json", { help: "Print the result as JSON" }),
    },
    Server: storageSettings(home),
  } as const satisfies Command;
}

const TEXT: ProgramText = {
  usage: ["deno task check [OPTION...]"],
  brief:
    "Compares what the database of a server has on record with the contents of the files. It " +
    "changes nothing, and the server may run meanwhile.",
  examples: [
    "deno task check --data ./data",
    "deno task check --data ./data --sample 1000 --json",
  ],
  exitCodes:
    "0 all is as it is on record; 1 something is not; 2 usage, or it could not be checked.",
};

/**
 * Reads the command line. Returns undefined if it asked for help or the version, which has been
 * printed. Throws a `UsageError` if it is invalid.
 */
export function readCheckCommandLine(
  args: readonly string[],
  { home, ...options }: Omit<CommandLineOptions, "text"> & { readonly home: string },
): CheckSettings | undefined {
  return runCommandLine(checkCommand(home), args, { ...options, text: TEXT });
}
