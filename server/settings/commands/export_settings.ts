import type { ProgramText } from "../../../shared/settings/help.ts";
import { path } from "../../../shared/settings/kind.ts";
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

/** The settings of the command that writes all files to a folder. */
export type ExportSettings = SettingsOf<ReturnType<typeof exportCommand>>;

/** The settings of the command that writes all files to a folder. */
export function exportCommand(home: string) {
  return {
    Export: {
      to: optional("--to", path("FOLDER", { creates: true }), {
        help: "The folder to write to: an empty one, a new one, or that of an earlier export, " +
          "where what is right stays as it is",
      }),
      json: toggle("--json", { help: "Print the result as JSON" }),
    },
    Server: storageSettings(home),
  } as const satisfies Command;
}

const TEXT: ProgramText = {
  usage: ["deno task export --to FOLDER [OPTION...]"],
  brief:
    "Writes the files of a server to a folder, as received_files/<id>/<name> for protocol 3 and " +
    "trees/<id>/<path> for protocol 4. The server may run meanwhile.",
  examples: [
    "deno task export --to ./files --data ./data",
    "deno task export --to ./files --database 'postgres://sealpost@db.example/sealpost' " +
    "--store 's3://sealpost?endpoint=https://s3.example'",
  ],
  exitCodes: "0 all are there; 1 some could not be written, and are named; 2 usage, or it could " +
    "not go on: start it again.",
};

/**
 * Reads the command line. Returns undefined if it asked for help or the version, which has been
 * printed. Throws a `UsageError` if it is invalid.
 */
export function readExportCommandLine(
  args: readonly string[],
  { home, ...options }: Omit<CommandLineOptions, "text"> & { readonly home: string },
): ExportSettings | undefined {
  return runCommandLine(exportCommand(home), args, { ...options, text: TEXT });
}
