import { deepStrictEqual, notDeepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { Buffer } from "node:buffer";
import { generateKeyPairSync } from "node:crypto";
import type { RequestKind } from "../../shared/protocol3/message.ts";
import { isRevisionName, type RevisionName, REVISIONS } from "../../shared/protocol3/revision.ts";
import { failsWith, IDENTITY, NAME, ON_RECORD, OwnParty } from "../../tests/peers/own_party.ts";
import { ScriptedServer } from "../../tests/peers/scripted_server.ts";
import { always, first, STRANGER } from "../../tests/peers/scripts.ts";
import { EXIT } from "../client_error.ts";
import { IdentityFiles } from "./identity/identity_files.ts";
import type { Quirks } from "../settings/send_settings.ts";
import type { HandshakeResult } from "./aes_key.ts";
import { Handshake } from "./handshake.ts";
import { ServerLink } from "./connection/server_link.ts";
import { LenientClock } from "../../tests/peers/lenient_clock.ts";

const NO_QUIRKS: Quirks = new Set();
const ERROR = { kind: "serverError" } as const;
/** A client without quirks and retries. */
const LETTER = { retries: 0, quirks: NO_QUIRKS, clock: new LenientClock() } as const;
const TAKEN = { reason: "name-taken", exitCode: EXIT.refused } as const;

/** Makes a handshake on a connection of its own. */
async function introduce(
  handshake: Handshake,
  server: ScriptedServer,
): Promise<HandshakeResult> {
  const revision = REVISIONS[server.revision];
  const link = await ServerLink.open({
    server: server.address,
    revisions: [revision],
    timeout: 30_000,
    clock: new LenientClock(),
    quirks: NO_QUIRKS,
    onDeviation() {},
  });
  try {
    return await handshake.make({ link, revision });
  } finally {
    await link.close();
  }
}

/** The first request of a new registration: it shows that the old identity was refused. */
function oldRequest(revision: RevisionName): RequestKind {
  return revision === "2022c" ? "publicKey" : "reconnect";
}

for (const revision of Object.keys(REVISIONS).filter(isRevisionName)) {
  Deno.test(`A client that is known in ${revision} keeps its id and its key`, async () => {
    await using server = new ScriptedServer({ revision });
    await using own = await OwnParty.oldFriend(server);
    const before = await own.identityFiles();
    const handshake = await own.handshake();
    const { clientId } = await introduce(handshake, server);
    deepStrictEqual(clientId, IDENTITY.clientId);
    // On another connection the same happens again; 2022c sends the key each time.
    await introduce(handshake, server);
    deepStrictEqual(server.heard, [[oldRequest(revision)], [oldRequest(revision)]]);
    for (const request of server.requests) {
      deepStrictEqual(request.clientId, IDENTITY.clientId);
      ok("name" in request && request.name.text === NAME);
      if (request.kind === "publicKey") deepStrictEqual(request.publicKey, ON_RECORD.publicKey);
    }
    deepStrictEqual(await own.identityFiles(), before);
  });

  Deno.test(`A client that a server in ${revision} has forgotten registers again`, async () => {
    await using server = new ScriptedServer({ revision });
    await using own = await OwnParty.oldFriend();
    const before = await own.identityFiles();
    const { clientId } = await introduce(await own.handshake(), server);
    deepStrictEqual(server.heard, [[oldRequest(revision), "register", "publicKey"]]);
    notDeepStrictEqual(clientId, IDENTITY.clientId);
    const identity = await own.files.load();
    deepStrictEqual(identity?.clientId, clientId);
    strictEqual(identity?.name, NAME);
    const after = await own.identityFiles();
    notDeepStrictEqual(after[0], before[0]);
    notDeepStrictEqual(after[1], before[1]);
    const [said, kept = "", ...others] = own.troubles;
    strictEqual(said, `The server does not know "${NAME}" any more; registering again`);
    const [, folder = ""] =
      /^The me\.info and priv\.key from before are kept in "(.*)"$/.exec(kept) ??
        [];
    deepStrictEqual((await new IdentityFiles(folder).load())?.privateKey, IDENTITY.privateKey);
    deepStrictEqual(others, []);
  });
}

Deno.test("A client that registers again has its old files until the key is accepted", async () => {
  await using own = await OwnParty.oldFriend();
  const before = await own.identityFiles();
  let during: readonly string[] = [];
  await using server = new ScriptedServer({
    revision: "2024a",
    onRequest: always("publicKey", async () => {
      during = await own.identityFiles();
      return undefined;
    }),
  });
  await introduce(await own.handshake(), server);
  deepStrictEqual(during, before);
  notDeepStrictEqual(await own.identityFiles(), before);
});

Deno.test("A client whose new key is not accepted keeps its old files", async () => {
  await using server = new ScriptedServer({
    revision: "2024a",
    onRequest: always("publicKey", ERROR),
  });
  await using own = await OwnParty.oldFriend();
  const before = await own.identityFiles();
  await failsWith(introduce(await own.handshake(), server), {
    reason: "server-error",
    exitCode: EXIT.failed,
    message: /send the public key/,
  });
  deepStrictEqual(await own.identityFiles(), before);
});

Deno.test("A client whose name belongs to another one is told so, and keeps nothing", async () => {
  await using server = new ScriptedServer({ revision: "2024a" });
  server.admit({ ...ON_RECORD, clientId: STRANGER });
  await using own = await OwnParty.stranger();
  await failsWith(introduce(await own.handshake(), server), {
    ...TAKEN,
    message: new RegExp(`another client named "${NAME}"; choose another name`),
  });
  deepStrictEqual(server.heard, [["register"]]);
  strictEqual(await own.files.load(), undefined);
});

Deno.test("A forgotten client whose name was taken by another keeps its files", async () => {
  await using server = new ScriptedServer({ revision: "2024a" });
  server.admit({ ...ON_RECORD, clientId: STRANGER });
  await using own = await OwnParty.oldFriend();
  const before = await own.identityFiles();
  await failsWith(introduce(await own.handshake(), server), TAKEN);
  deepStrictEqual(server.heard, [["reconnect", "register", "publicKey"]]);
  deepStrictEqual(await own.identityFiles(), before);
});

Deno.test("A client cut off between registration and key continues with its id", async () => {
  await using server = new ScriptedServer({
    revision: "2024a",
    onRequest: first(1, "publicKey", "close"),
  });
  await using own = await OwnParty.stranger();
  const before = await own.handshake();
  await introduce(before, server).catch(() => {});
  await before.close();
  const kept = await own.files.load();
  // The next run of the program knows only what is in the files.
  const { clientId } = await introduce(await own.handshake(), server);
  deepStrictEqual(clientId, kept?.clientId);
  deepStrictEqual(server.heard[1], ["reconnect", "register", "publicKey"]);
  deepStrictEqual(await own.files.load(), kept);
});

Deno.test("A client cut off before its key was accepted sends the key again", async () => {
  await using server = new ScriptedServer({
    revision: "2024a",
    onRequest: first(1, "publicKey", "close"),
  });
  await using own = await OwnParty.oldFriend();
  const handshake = await own.handshake();
  await introduce(handshake, server).catch(() => {});
  strictEqual(handshake.opening(REVISIONS["2024a"]).kind, "publicKey");
  await introduce(handshake, server);
  deepStrictEqual(server.heard, [["reconnect", "register", "publicKey"], ["publicKey"]]);
  const [once, again] = server.requests.filter(({ kind }) => kind === "publicKey");
  deepStrictEqual(again, once);
});

for (const aesKeySize of [16, 24, 32]) {
  Deno.test(`A client uses an AES key of ${aesKeySize} bytes in any revision`, async () => {
    for (const revision of ["2022c", "2024a"] as const) {
      await using server = new ScriptedServer({ revision, aesKeySize });
      await using own = await OwnParty.stranger();
      const session = await own.session(server);
      await session.send(await own.file("a.txt", "All the same"), () => {});
      strictEqual(new TextDecoder().decode(server.files.get("a.txt")), "All the same");
    }
  });
}

Deno.test("A client takes no AES key of 20 bytes", async () => {
  await using server = new ScriptedServer({ revision: "2024a", aesKeySize: 20 });
  await using own = await OwnParty.oldFriend(server);
  await failsWith(introduce(await own.handshake({ retries: 0 }), server), {
    reason: "server-error",
    exitCode: EXIT.failed,
    message: /an AES key of 20 bytes instead of 16, 24 or 32/,
  });
});

Deno.test("A client without a name or an identity is asked for a name", async () => {
  await using own = await OwnParty.stranger();
  const { reporter } = own;
  const nobody = { ...LETTER, name: undefined, own: await own.own(), reporter };
  await failsWith(Handshake.prepare(nobody), {
    reason: "bad-setting",
    exitCode: EXIT.usage,
    message: /--name/,
  });
});

Deno.test("A client that could not keep a new identity does not ask for one", async () => {
  await using own = await OwnParty.stranger();
  const { reporter } = own;
  const newcomer = { ...LETTER, name: NAME, own: await own.own(), reporter };
  await Deno.remove(own.folder);
  await failsWith(Handshake.prepare(newcomer), {
    reason: "identity-not-writable",
    exitCode: EXIT.usage,
    message: /the folder is missing; .*--dir/,
  });
  await Deno.mkdir(own.folder);
});

Deno.test("A client whose public key does not fit into its field is told what to do", async () => {
  await using server = new ScriptedServer({ revision: "2022c" });
  await using own = await OwnParty.stranger();
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 1024 });
  const der = privateKey.export({ format: "der", type: "pkcs8" });
  await own.save({ ...IDENTITY, privateKey: Buffer.from(der) });
  await failsWith(introduce(await own.handshake(), server), {
    reason: "bad-configuration",
    exitCode: EXIT.usage,
    message: /162 bytes.*another folder/,
  });
});

Deno.test("A client whose private key is damaged is told what to do", async () => {
  const privateKey = IDENTITY.privateKey.slice();
  // In the middle of a number: its structure is still that of a key.
  privateKey[200] = (privateKey[200] ?? 0) ^ 0x10;
  await using server = new ScriptedServer({ revision: "2022c" });
  await using own = await OwnParty.oldFriend(server);
  await own.save({ ...IDENTITY, privateKey });
  await failsWith(introduce(await own.handshake(), server), {
    reason: "bad-configuration",
    exitCode: EXIT.usage,
  });
});
