import type { ServerIo } from "../server_io.ts";
import { readStoreKeys } from "../settings/bucket_settings.ts";
import { readDatabasePassword } from "../settings/database_settings.ts";
import type { StorageSettings } from "../settings/storage_settings.ts";
import type { OpenStoredOptions } from "../storage/open_stored.ts";

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
