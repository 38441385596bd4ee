import { path } from "../../shared/settings/kind.ts";
import { setting, type ValuesOf } from "../../shared/settings/setting.ts";
import { atHome } from "../../shared/settings/standing.ts";
import type { ServerIo } from "../server_io.ts";
import type { OpenStoredOptions } from "../storage/open_stored.ts";
import { BUCKET, readStoreKeys } from "./bucket_settings.ts";
import { DATABASE, readDatabasePassword } from "./database_settings.ts";

/** Where the server whose storage a command works on has it. */
export type StorageSettings = ValuesOf<ReturnType<typeof storageSettings>>;

/** The settings that say where a server keeps what it stores: those of the server itself. */
export function storageSettings(home: string) {
  const { storePlace, storeKeys, storeTimeout } = BUCKET;
  return {
    data: setting("--data", path("FOLDER"), {
      help: "The data folder of the server",
      fallback: atHome(home, "data"),
    }),
    ...DATABASE,
    storePlace,
    storeKeys,
    storeTimeout,
  };
}

/** What the settings of a command say of the storage of a server. Throws a `StartupError`. */
export async function storageOf(
  settings: StorageSettings,
  { env, clock }: Pick<ServerIo, "env" | "clock">,
): Promise<OpenStoredOptions> {
  const { data, database, databaseDirect, databasePasswordFile, databaseTimeout } = settings;
  const { storePlace: place, storeTimeout } = settings;
  return {
    data,
    database,
    databaseDirect,
    password: await readDatabasePassword(databasePasswordFile, env),
    databaseTimeout,
    bucket: place && {
      ...{ place, tryTime: storeTimeout, keys: await readStoreKeys(settings.storeKeys, env) },
    },
    clock,
  };
}
