/**
 * Every attack on the client that `docs/threat-model.md` names comes to its outcome, in bounded
 * time and memory; the client's identity is its own, and no content leaves without a key.
 */

import { deepStrictEqual, notDeepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { IdentityDraft } from "../../../client/protocol3/identity/identity_draft.ts";
import { ClientError } from "../../../client/client_error.ts";
import { encodeRequest } from "../../../shared/protocol3/request.ts";
import { REVISIONS } from "../../../shared/protocol3/revision.ts";
import { joined } from "../../kernel/golden_vectors.ts";
import { OwnParty } from "../../peers/own_party.ts";
import type { PeerConnection } from "../../peers/peer_connection.ts";
import { ScriptedServer } from "../../peers/scripted_server.ts";
import type { AttackOnClient } from "../attack.ts";
import { ATTACKS_ON_CLIENT } from "../attacks.ts";
import { SYSTEM_CLOCK } from "../../../client/system_clock.ts";

/** Milliseconds: far more than any of these takes, and less than one of the client's long waits. */
const BOUND = 20_000;

/**
 * Bytes that a client may take from a server that never ends: what it holds, and what sockets hold.
 */
const MOST_TAKEN = 64 * 1024 * 1024;

/** What must not be seen on the wire. */
const SECRET = "Nobody but the server is to read this. ";

for (const [name, attack] of Object.entries(ATTACKS_ON_CLIENT)) {
  const outcomes = [attack.outcome].flat();
  Deno.test(`the attack ${name} on the client comes to ${outcomes[0]}`, async () => {
    const { who = "friend", size = 3_500 } = attack;
    await using server = new ScriptedServer({ revision: "2024a", ...attack });
    await using own = await party(who, server);
    const before = who === "stranger" ? [] : await own.identityFiles();
    const session = await own.session(server, {
      revision: attack.auto ? "auto" : "2024a",
      retries: 1,
      timeout: attack.timeout ?? 30_000,
      packetSize: attack.packetSize ?? 1_000,
    });
    const file = await own.file("secret.txt", SECRET.repeat(size / SECRET.length));
    const begun = performance.now();
    const outcome = await session.send(file, () => {}).then(() => "sent", reasonOf);
    ok(performance.now() - begun < BOUND, "It took too long");
    ok(outcomes.some((expected) => expected === outcome), outcome);
    await session.close();
    ok(server.connections.reduce((sum, { sent }) => sum + sent, 0) < MOST_TAKEN);
    for (const connection of server.connections) assertNothingLeaked(connection, attack);
    await assertIdentity(own, { before, changed: outcome === "sent" });
  });
}

async function party(
  who: Required<AttackOnClient>["who"],
  server: ScriptedServer,
): Promise<OwnParty> {
  if (who === "stranger") return await OwnParty.stranger();
  return await OwnParty.oldFriend(who === "friend" ? server : undefined);
}

function reasonOf(error: unknown): string {
  ok(error instanceof ClientError, `${error}`);
  return error.reason;
}

/** No plain text; without a key nothing at all but who the client is, to the byte. */
function assertNothingLeaked(connection: PeerConnection, { keyless, auto }: AttackOnClient): void {
  const seen = joined(connection.seen);
  strictEqual(new TextDecoder("latin1").decode(seen).includes(SECRET.slice(0, 16)), false);
  if (!keyless) return;
  ok(!connection.heard.includes("file"), "A file was sent without a key");
  if (auto) return;
  const sizes = connection.requests.map((request) => {
    ok(request.kind !== "file");
    return encodeRequest(REVISIONS["2024a"], request).byteLength;
  });
  strictEqual(seen.byteLength, sizes.reduce((sum, size) => sum + size, 0));
}

/**
 * The files are as they were, or both new. A draft of new ones is only left where it has the id
 * that a server gave: without that no client would have the name, should the server be honest.
 */
async function assertIdentity(
  own: OwnParty,
  { before, changed }: { readonly before: readonly string[]; readonly changed: boolean },
): Promise<void> {
  const names = (await Array.fromAsync(Deno.readDir(own.folder))).map(({ name }) => name);
  const left = await IdentityDraft.find(own.folder, { clock: SYSTEM_CLOCK });
  if (left === undefined) deepStrictEqual(names.filter((name) => name.startsWith(".")), []);
  else ok(left.isAssigned && !changed);
  if (before.length === 0) return;
  const after = await own.identityFiles();
  if (!changed) return deepStrictEqual(after, before);
  const [me = "", key = ""] = after;
  notDeepStrictEqual(after, before);
  ok(me.includes(key.trim()), "me.info and priv.key hold different keys");
}
