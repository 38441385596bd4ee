import { signRotation } from "../../../shared/protocol4/keys/rotation.ts";
import { makeKey, type ServerKey } from "../identity/key_text.ts";
import { changeKey } from "../identity/server_key.ts";

/**
 * Makes another key for the server with this data folder, signs the change with the one that it
 * has, and keeps both; a server that runs goes on with the old one until it is started again. `now`
 * is the moment of the change. Throws a `StartupError` if there is no key, or no server was started
 * with the one that the last change made, and the system's errors.
 */
export async function rotateKey(folder: string, now: Date): Promise<ServerKey> {
  return await changeKey(folder, (known) => changedKey(known, now));
}

/** Makes a key that takes the place of another one at a date, with the change signed by that. */
export async function changedKey(old: ServerKey, from: Date): Promise<ServerKey> {
  const made = await makeKey();
  const rotation = await signRotation({
    ...{ key: old.privateKey, old: old.spki, now: made.spki },
    from: from.toISOString(),
  });
  return { ...made, rotation };
}
