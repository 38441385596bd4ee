import type { ProgramText } from "../../../shared/settings/help.ts";
import { duration } from "../../../shared/settings/kind.ts";
import { DAY, YEAR } from "../../../shared/settings/quantity.ts";
import {
  type CommandLineOptions,
  runCommandLine,
} from "../../../shared/settings/run_command_line.ts";
import {
  type Command,
  setting,
  type SettingsOf,
  toggle,
} from "../../../shared/settings/setting.ts";
import { BUCKET } from "../bucket_settings.ts";
import { storageSettings } from "../storage_settings.ts";

/** The settings of the command that examines where a server keeps what it stores. */
export type DoctorSettings = SettingsOf<ReturnType<typeof doctorCommand>>;

/** The settings of the command that examines where a server keeps what it stores. */
export function doctorCommand(home: string) {
  return {
    Server: {
      ...storageSettings(home),
      spool: BUCKET.spool,
      uploadTime: setting("--upload-time", duration(1_000, YEAR), {
        help: "How long the server keeps an upload that was interrupted",
        fallback: 7 * DAY,
      }),
    },
    Output: { json: toggle("--json", { help: "Print all findings as JSON" }) },
  } as const satisfies Command;
}

const TEXT: ProgramText = {
  usage: ["deno task doctor [OPTION...]"],
  brief:
    "Examines folder, database and bucket of a server, and says what to do. It stores nothing " +
    "but a file and an object that it removes again. The server may run meanwhile.",
  examples: [
    "deno task doctor --data ./data",
    "deno task doctor --database 'postgres://sealpost@db.example/sealpost' " +
    "--store 's3://sealpost?endpoint=https://s3.example'",
  ],
  exitCodes: "0 nothing failed, warnings aside; 1 something did; 2 usage.",
};

/**
 * Reads the command line. Returns undefined if it asked for help or the version, which has been
 * printed. Throws a `UsageError` if it is invalid.
 */
export function readDoctorCommandLine(
  args: readonly string[],
  { home, ...options }: Omit<CommandLineOptions, "text"> & { readonly home: string },
): DoctorSettings | undefined {
  return runCommandLine(doctorCommand(home), args, { ...options, text: TEXT });
}
