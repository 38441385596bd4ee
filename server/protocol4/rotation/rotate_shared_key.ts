import { keyText } from "../../../shared/protocol4/keys/public_key.ts";
import { StartupError } from "../../settings/startup_error.ts";
import type { SharedSecrets } from "../../storage/shared_secrets.ts";
import type { ServerKey } from "../identity/key_text.ts";
import {
  countsFrom,
  keptKeyText,
  readSharedKey,
  SHARED_KEY,
  sharedKeyText,
} from "../identity/shared_key.ts";
import { changedKey } from "./rotate_key.ts";

/**
 * Makes another key for all servers of a database, which counts in so many milliseconds by the
 * clock of the database: those that run learn of it before. Throws a `StartupError` if there is no
 * key yet, another change has not come into force, or was begun at the same time.
 */
export async function rotateSharedKey(
  shared: Pick<SharedSecrets, "kept" | "change" | "date">,
  announcement: number,
): Promise<ServerKey & { readonly from: Date }> {
  const text = await keptKeyText(shared);
  const known = await readSharedKey(text);
  const now = shared.date();
  const pending = countsFrom(known);
  if (pending > now) {
    throw new StartupError(
      `The key of the servers is changed at ${pending.toISOString()} already: change it again ` +
        "after that",
    );
  }
  const old = known.newest;
  const from = new Date(now.getTime() + announcement);
  const newest = await changedKey(old, from);
  const earlier = [...known.earlier, keyText(old.spki)];
  const changed = sharedKeyText({ newest, before: old, earlier });
  if (await shared.change(SHARED_KEY, text, changed)) return { ...newest, from };
  throw new StartupError("The key of the servers was changed by somebody else at the same time");
}
