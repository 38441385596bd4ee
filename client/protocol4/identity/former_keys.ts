import { ClientError } from "../../client_error.ts";
import { inFolder } from "../../files/paths.ts";
import { SERVERS } from "../../identity/client_folders.ts";
import { type DeviceKey, readIdentity } from "./identity_file.ts";

/**
 * The keys of this computer that are registered under a name somewhere: where a server has lost its
 * own key and has another now, one of them is known to it.
 */
export async function* formerKeys(config: string, name: string): AsyncGenerator<DeviceKey> {
  const servers = inFolder(config, SERVERS);
  for (const { name: label } of Deno.readDirSync(servers)) {
    try {
      const identity = await readIdentity(inFolder(servers, label));
      if (identity?.id !== undefined && identity.name === name) yield identity.key;
    } catch (error) {
      // One that cannot be read is of no use here.
      if (!(error instanceof ClientError)) throw error;
    }
  }
}
