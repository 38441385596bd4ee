/**
 * Attacks on what a client trusts: keys that are none, ids that are others', identities taken away.
 */

import { generateClientKeys, sealAesKey } from "../../../shared/protocol3/crypto/key_transport.ts";
import type { Reply } from "../../../shared/protocol3/reply.ts";
import { ON_RECORD } from "../../peers/own_party.ts";
import type { Script } from "../../peers/scripted_server.ts";
import { always, either, STRANGER } from "../../peers/scripts.ts";
import type { AttackOnClient, AttacksOnClient } from "../attack.ts";

const KEY_SIZE = 32;
const ERROR: Reply = { kind: "serverError" };

/** A server that answers a reconnect with something in place of a sealed AES key. */
function givingAsKey(key: () => Uint8Array | Promise<Uint8Array>): AttackOnClient {
  return {
    outcome: "server-error",
    keyless: true,
    onRequest: always("reconnect", async ({ clientId }) => ({
      kind: "reconnectAccepted",
      clientId,
      encryptedKey: await key(),
    })),
  };
}

function random(size: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(size));
}

/** Has the client register again, and does something else about the new public key. */
function withholding(
  otherwise: Script | Parameters<typeof always>[1],
): Pick<AttackOnClient, "who" | "keyless" | "onRequest"> {
  return { who: "forgotten", keyless: true, onRequest: always("publicKey", otherwise) };
}

/** The attacks by their names. */
export const ATTACKS_BY_TRUST: AttacksOnClient = {
  "key-of-noise": givingAsKey(() => random(128)),
  "key-in-clear": givingAsKey(() => new Uint8Array([...random(KEY_SIZE), ...new Uint8Array(96)])),
  "key-for-another": givingAsKey(async () => {
    const { publicKey } = await generateClientKeys();
    return sealAesKey(publicKey, random(KEY_SIZE));
  }),
  "key-too-short": givingAsKey(() => sealAesKey(ON_RECORD.publicKey, random(15))),
  "key-too-long": givingAsKey(() => sealAesKey(ON_RECORD.publicKey, random(33))),
  "key-of-nothing": givingAsKey(() => sealAesKey(ON_RECORD.publicKey, new Uint8Array(0))),
  "key-as-large-as-may-be": givingAsKey(() => random(512)),
  "changed-id": {
    outcome: "server-error",
    who: "stranger",
    keyless: true,
    onRequest: always("publicKey", async (_request, { official }) => {
      const reply = await official();
      return reply?.kind === "keyAccepted" ? { ...reply, clientId: STRANGER } : "nothing";
    }),
  },
  "key-before-identity": {
    outcome: "server-error",
    who: "stranger",
    keyless: true,
    onRequest: always("register", ({ clientId }) => ({
      kind: "keyAccepted",
      clientId,
      encryptedKey: random(128),
    })),
  },
  "identity-withheld": { outcome: "server-error", ...withholding(ERROR) },
  "identity-withheld-by-hanging-up": { outcome: "connection-lost", ...withholding("close") },
  "identity-with-a-false-key": {
    outcome: "server-error",
    ...withholding(({ clientId }) => ({
      kind: "keyAccepted",
      clientId,
      encryptedKey: random(128),
    })),
  },
  "identity-refused": {
    outcome: "name-taken",
    who: "forgotten",
    keyless: true,
    onRequest: either(
      always("register", { kind: "registrationRefused" }),
      always("publicKey", ERROR),
    ),
  },
  "identity-exchanged": { outcome: "sent", who: "forgotten" },
};
