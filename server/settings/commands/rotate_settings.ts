import type { ProgramText } from "../../../shared/settings/help.ts";
import { duration, path } from "../../../shared/settings/kind.ts";
import { DAY } from "../../../shared/settings/quantity.ts";
import {
  type CommandLineOptions,
  runCommandLine,
} from "../../../shared/settings/run_command_line.ts";
import { type Command, setting, type SettingsOf } from "../../../shared/settings/setting.ts";
import { atHome } from "../../../shared/settings/standing.ts";
import { DATABASE } from "../database_settings.ts";

/** The settings of the command that changes the server's key. */
export type RotateSettings = SettingsOf<ReturnType<typeof rotateCommand>>;

/** The settings of the command that changes the server's key. */
export function rotateCommand(home: string) {
  return {
    Server: {
      data: setting("--data", path("FOLDER"), {
        help: "The data folder of the server",
        fallback: atHome(home, "data"),
      }),
      ...DATABASE,
      announce: setting("--announce", duration(0, DAY), {
        help: "How long before the change the servers of a PostgreSQL learn of it",
        fallback: 30_000,
      }),
    },
  } as const satisfies Command;
}

const TEXT: ProgramText = {
  usage: ["deno task rotate-key [OPTION...]"],
  brief: "Makes another key for a server, or for all servers of a PostgreSQL, which clients " +
    "follow: the old one signs the change.",
  examples: [
    "deno task rotate-key --data ./data",
    "deno task rotate-key --database 'postgres://sealpost@db.example/sealpost'",
  ],
  exitCodes: "0 changed; 2 usage, or a folder or a database that cannot be used.",
};

/**
 * Reads the command line. Returns undefined if it asked for help or the version, which has been
 * printed. Throws a `UsageError` if it is invalid.
 */
export function readRotateCommandLine(
  args: readonly string[],
  { home, ...options }: Omit<CommandLineOptions, "text"> & { readonly home: string },
): RotateSettings | undefined {
  return runCommandLine(rotateCommand(home), args, { ...options, text: TEXT });
}
