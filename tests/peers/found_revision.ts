import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { RevisionName } from "../../shared/protocol3/revision.ts";
import { OwnParty, type SessionHabits } from "./own_party.ts";
import { ScriptedServer, type ServerScript } from "./scripted_server.ts";

/** The content of the file that is sent. */
export const PLAIN = "The quick brown fox jumps over the lazy dog.\n";

/**
 * Long enough for a server to answer on a slow machine, short enough to wait for one that does not.
 */
export const SHORT = 1_000;

/** The number of families tried before that of the revision. */
const TRIES: Readonly<Partial<Record<RevisionName, number>>> = {
  "2024c": 1,
  "2024a": 2,
  "2023c": 2,
  "2023a": 3,
};

/** Sends a file to a server whose revision has to be found out. */
export async function search(
  script: ServerScript,
  { known = false, ...habits }: SessionHabits & { readonly known?: boolean } = {},
) {
  await using server = new ScriptedServer(script);
  await using own = known ? await OwnParty.oldFriend(server) : await OwnParty.stranger();
  const session = await own.session(server, { ...habits, revision: "auto" });
  const sending = session.send(await own.file("fox.txt", PLAIN), () => {});
  const sent = await sending.catch(() => undefined);
  return {
    sending,
    revision: sent?.revision,
    heard: server.heard,
    kept: server.files.size,
    troubles: own.troubles,
    details: own.details,
  };
}

/** Checks that the revision was found at its attempt, with earlier connections closed. */
export async function finds(
  script: ServerScript,
  habits: SessionHabits & { readonly known?: boolean },
) {
  const { revision, heard, troubles, details, kept } = await search(script, habits);
  strictEqual(revision, script.revision);
  strictEqual(heard.length, TRIES[script.revision]);
  const opening = habits.known ? ["reconnect"] : ["register", "publicKey"];
  deepStrictEqual(heard.at(-1), [...opening, "file", "crcValid"]);
  ok(heard.slice(0, -1).every((words) => words.length === 1));
  ok(details.some((line) => line.startsWith(`The server speaks revision ${script.revision}:`)));
  deepStrictEqual(troubles, []);
  strictEqual(kept, 1);
}
