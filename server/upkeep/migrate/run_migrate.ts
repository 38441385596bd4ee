import { messageOf, quotedPath, visible } from "../../../shared/text/quoted.ts";
import { runServerCommand } from "../../run_small_command.ts";
import { readStoreKeys } from "../../settings/bucket_settings.ts";
import { readDatabasePassword } from "../../settings/database_settings.ts";
import {
  type MigrateSettings,
  readMigrateCommandLine,
} from "../../settings/commands/migrate_settings.ts";
import { StartupError } from "../../settings/startup_error.ts";
import { openMigration } from "../../storage/open_migration.ts";
import { Progress } from "../progress.ts";
import type { UpkeepParts } from "../upkeep_parts.ts";
import { DamagedFilesError, migrateAll, type Migrated } from "./migrate_all.ts";

/** Moves what is stored into a PostgreSQL and a bucket. Returns the exit code. */
export function runMigrate(
  args: readonly string[],
  { io, newTreeHash, outsideDatabase }: UpkeepParts,
): Promise<number> {
  return runServerCommand({
    read: readMigrateCommandLine,
    async run(settings: MigrateSettings, { stdout, stderr }) {
      const { from, to, storePlace, json, leaveOutDamaged: leaveOut } = settings;
      if (from === undefined || to === undefined || storePlace === undefined) {
        throw new StartupError(
          "Name the data folder with --from sqlite:FOLDER, the PostgreSQL with --to, and the " +
            "bucket with --store",
        );
      }
      const bucket = {
        ...{ place: storePlace, tryTime: settings.storeTimeout },
        keys: await readStoreKeys(settings.storeKeys, io.env),
      };
      const password = await readDatabasePassword(settings.databasePasswordFile, io.env);
      const progress = new Progress({ io, stderr });
      const work = settings.work ?? `${from.replace(/[\\/]+$/, "")}.migration`;
      await makeFolder(work);
      try {
        await using ends = await openMigration({
          ...{ data: from, database: to, password, bucket, work, clock: io.clock },
          databaseDirect: settings.databaseDirect,
          databaseTimeout: settings.databaseTimeout,
        });
        const migrated = await migrateAll({
          ...{ ...ends, newTreeHash, leaveOut, place: storePlace.text },
          outside: await outsideDatabase(from),
          onProgress: (table, rows, of) => progress.show(`${table}: ${rows} of ${of} rows`),
        });
        progress.clear();
        stdout.write(json ? `${JSON.stringify(migrated)}\n` : textOf(migrated));
      } catch (error) {
        progress.clear();
        if (!(error instanceof DamagedFilesError)) throw error;
        for (const file of error.files) stderr.write(`${visible(file)}\n`);
        stderr.write(
          "error: These files are damaged, and nothing behind them was moved; put them back from " +
            "a copy (deno task check finds all of them), or leave them out with " +
            "--leave-out-damaged\n",
        );
        return 1;
      }
      // What it has is in the target by now.
      await Deno.remove(work, { recursive: true });
      return 0;
    },
  }, { args, io });
}

async function makeFolder(path: string): Promise<void> {
  try {
    await Deno.mkdir(path, { recursive: true, mode: 0o700 });
    const names = await Array.fromAsync(Deno.readDir(path), ({ name }) => name);
    const other = names.find((name) => !/^(?:defensive\.db|spool$)/.test(name));
    if (other === undefined) return;
    throw new StartupError(
      `The folder ${quotedPath(path)} has other files: name an empty one with --work`,
    );
  } catch (error) {
    if (error instanceof StartupError) throw error;
    throw new StartupError(
      `Cannot make the folder ${quotedPath(path)}: ${messageOf(error)}; name another with --work`,
      { cause: error },
    );
  }
}

function textOf({ before, rows, uploadsLeftOut, damaged }: Migrated): string {
  const count = (table: string, one: string, more = `${one}s`) => {
    const number = rows[table] ?? 0;
    return `${number} ${number === 1 ? one : more}`;
  };
  const moved = [
    count("clients", "client"),
    count("files", "file of protocol 3", "files of protocol 3"),
    count("entries", "entry of trees", "entries of trees"),
    count("devices", "device"),
  ].join(", ");
  return [
    before ? `All was moved before; there are ${moved}` : `Moved ${moved}`,
    ...damaged.map((file) => `Left out: ${visible(file)}`),
    ...(uploadsLeftOut === 0
      ? []
      : [`Left out: ${uploadsLeftOut} uploads under way, which their clients begin again`]),
    "Start servers with --database and --store now, each with a new folder as --data",
    "",
  ].join("\n");
}
