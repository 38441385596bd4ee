import type { ProgramText } from "../../../shared/settings/help.ts";
import { type Kind, kind, path } from "../../../shared/settings/kind.ts";
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
import { BUCKET } from "../bucket_settings.ts";
import { DATABASE, postgresAddress } from "../database_settings.ts";

/** The settings of the command that moves what is stored. */
export type MigrateSettings = SettingsOf<ReturnType<typeof migrateCommand>>;

const SOURCE = "sqlite:";

/** A data folder as `sqlite:FOLDER`. */
const sourceFolder: Kind<string> = kind({
  metavar: "sqlite:FOLDER",
  parse: (text) =>
    text.startsWith(SOURCE) && text.length > SOURCE.length ? text.slice(SOURCE.length) : undefined,
  expected: "the data folder of a server as sqlite:FOLDER",
  format: (folder) => `${SOURCE}${folder}`,
});

/** The settings of the command that moves what is stored. */
export function migrateCommand() {
  const { storePlace, storeKeys, storeTimeout } = BUCKET;
  return {
    "From where to where": {
      from: optional("--from", sourceFolder, {
        help: "The data folder of the server whose clients and files are moved; it is stopped, " +
          "and its folder is not changed",
      }),
      to: optional("--to", postgresAddress, {
        help: "The empty PostgreSQL that gets them, postgres://USER@HOST/NAME, whose password is " +
          "in SEALPOST_DATABASE_PASSWORD",
      }),
      databasePasswordFile: DATABASE.databasePasswordFile,
      databaseTimeout: DATABASE.databaseTimeout,
      databaseDirect: optional("--database-direct", postgresAddress, {
        help: "Another address of the PostgreSQL of --to, which passes a pooler by",
      }),
      storePlace,
      storeKeys,
      storeTimeout,
    },
    "How to do it": {
      work: optional("--work", path("FOLDER", { creates: true }), {
        help: "A folder for a copy of the database and parts of files on their way, made when " +
          "missing and removed at the end (default: the data folder's name with .migration)",
      }),
      leaveOutDamaged: toggle("--leave-out-damaged", {
        help:
          "Leave files out whose contents are missing or have another checksum, and name them; " +
          "without it nothing behind them is moved",
      }),
      json: toggle("--json", { help: "Print the result as JSON" }),
    },
  } as const satisfies Command;
}

const TEXT: ProgramText = {
  usage: ["deno task migrate --from sqlite:FOLDER --to ADDRESS --store PLACE [OPTION...]"],
  brief: "Moves the clients and files of a server from its data folder into a PostgreSQL and a " +
    "bucket. A run that was interrupted goes on when it is started again.",
  examples: [
    "deno task migrate --from sqlite:./data --to 'postgres://sealpost@db.example/sealpost' " +
    "--store 's3://sealpost?endpoint=https://s3.example'",
  ],
  exitCodes: "0 all is moved, or all but what --leave-out-damaged left out; 1 files are damaged; " +
    "2 usage, or it could not go on: start it again.",
};

/**
 * Reads the command line. Returns undefined if it asked for help or the version, which has been
 * printed. Throws a `UsageError` if it is invalid.
 */
export function readMigrateCommandLine(
  args: readonly string[],
  options: Omit<CommandLineOptions, "text">,
): MigrateSettings | undefined {
  return runCommandLine(migrateCommand(), args, { ...options, text: TEXT });
}
