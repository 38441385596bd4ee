import { keyText } from "../../../shared/protocol4/keys/public_key.ts";
import { messageOf, quotedPath } from "../../../shared/text/quoted.ts";
import type { ServerIo } from "../../server_io.ts";
import { readDatabasePassword } from "../../settings/database_settings.ts";
import {
  readRotateCommandLine,
  type RotateSettings,
} from "../../settings/commands/rotate_settings.ts";
import { StartupError } from "../../settings/startup_error.ts";
import { runSmallCommand } from "../../run_small_command.ts";
import { isPostgresAddress } from "../../storage/access/database_address.ts";
import { openSecrets } from "../../storage/open_secrets.ts";
import { rotateKey } from "./rotate_key.ts";
import { rotateSharedKey } from "./rotate_shared_key.ts";

/** Changes the key of a server, and prints the new one. Returns the exit code. */
export function runRotateKey(args: readonly string[], io: ServerIo): Promise<number> {
  return runSmallCommand({
    read: readRotateCommandLine,
    async run(settings) {
      const { data, database } = settings;
      if (database !== undefined && isPostgresAddress(database)) {
        return await ofDatabase({ ...settings, database }, io);
      }
      try {
        const { spki } = await rotateKey(data, io.clock.date());
        return `The key is now ${keyText(spki)}; start the server again`;
      } catch (error) {
        if (error instanceof StartupError) throw error;
        throw new StartupError(
          `Could not change the key in ${quotedPath(data)}: ${messageOf(error)}`,
          { cause: error },
        );
      }
    },
  }, { args, io });
}

/** Changes the key of all servers of a database. */
async function ofDatabase(
  { announce, databasePasswordFile, ...access }: RotateSettings & { readonly database: string },
  { env, clock }: ServerIo,
): Promise<string> {
  const password = await readDatabasePassword(databasePasswordFile, env);
  await using secrets = await openSecrets({ ...access, password, clock });
  const { spki, from } = await rotateSharedKey(secrets.shared, announce);
  return `The key is ${keyText(spki)} from ${from.toISOString()} on: all servers of the database ` +
    "that run take it then, and others when they are started";
}
