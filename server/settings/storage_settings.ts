import { path } from "../../shared/settings/kind.ts";
import { setting, type ValuesOf } from "../../shared/settings/setting.ts";
import { atHome } from "../../shared/settings/standing.ts";
import { BUCKET } from "./bucket_settings.ts";
import { DATABASE } from "./database_settings.ts";

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
