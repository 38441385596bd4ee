import { signRotation } from "../../../shared/protocol4/keys/rotation.ts";
import { knownServerKey, makeKey, type ServerKey, writeKey } from "../identity/server_key.ts";

/**
 * Makes another key for the server with this data folder, signs the change with the one that it
 * has, and keeps both; a server that runs goes on with the old one until it is started again. `now`
 * is the moment of the change. Throws a `StartupError` if there is no key, and the system's errors.
 */
export async function rotateKey(folder: string, now: Date): Promise<ServerKey> {
  const old = await knownServerKey(folder);
  const made = await makeKey();
  const rotation = await signRotation({
    ...{ key: old.privateKey, old: old.spki, now: made.spki },
    from: now.toISOString(),
  });
  const key = { ...made, rotation };
  await writeKey(folder, key);
  return key;
}
