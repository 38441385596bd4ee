import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { failsWith, IDENTITY, OwnParty } from "../../../tests/peers/own_party.ts";
import { EXIT } from "../../client_error.ts";
import { findIdentity, IdentityFiles, writeRegisteredServer } from "./identity_files.ts";
import { readLastServer, rememberLastServer } from "../../identity/last_server.ts";
import { moveIdentity } from "./move_identity.ts";
import { makePrivateFolder } from "../../identity/replace_file.ts";
import { listIdentities } from "./list_identities.ts";
import { NO_QUIRKS } from "../../settings/send_settings.ts";
import { readProven, writeProven } from "./proven_settings.ts";
import { serverFolder } from "../../identity/client_folders.ts";
import { SYSTEM_CLOCK } from "../../system_clock.ts";

const [OLD, NEW, OTHER] = ["old", "new", "other"].map((host) => ({ host, port: 1256 })) as [
  ...[Address, Address, Address],
];
type Address = { readonly host: string; readonly port: number };

const clock = SYSTEM_CLOCK;

const BAD = { reason: "bad-setting", exitCode: EXIT.usage } as const;

function in_({ folder }: OwnParty) {
  return {
    folders: [folder],
    planned: () => Promise.resolve(undefined),
    userFolder: folder,
    clock,
  };
}

/** Stores an identity in the folder of a server. */
async function putAside({ folder }: OwnParty, server: Address, name: string): Promise<void> {
  const path = await serverFolder(folder, server);
  await makePrivateFolder(path, { recursive: true });
  await new IdentityFiles(path).save({ ...IDENTITY, name }, { clock });
}

Deno.test("moveIdentity() gives me.info to another address", async () => {
  await using own = await OwnParty.oldFriend();
  await writeRegisteredServer(own.folder, { server: OLD, clientId: IDENTITY.clientId, clock });
  await rememberLastServer(own.folder, { server: OLD, clock });
  strictEqual(await moveIdentity({ ...in_(own), from: OLD, to: NEW }), IDENTITY.name);
  strictEqual(await findIdentity(OLD, in_(own)), undefined);
  strictEqual((await findIdentity(NEW, in_(own)))?.by, "record");
  deepStrictEqual(await readLastServer(own.folder), NEW);
});

Deno.test("moveIdentity() gives a server's whole folder to another address", async () => {
  await using own = await OwnParty.stranger();
  await putAside(own, OLD, "Aside");
  await Deno.writeTextFile(`${await serverFolder(own.folder, OLD)}/else`, "kept");
  await makePrivateFolder(await serverFolder(own.folder, NEW));
  await moveIdentity({ ...in_(own), from: OLD, to: NEW });
  strictEqual((await findIdentity(NEW, in_(own)))?.identity.name, "Aside");
  strictEqual(await Deno.readTextFile(`${await serverFolder(own.folder, NEW)}/else`), "kept");
  strictEqual(await findIdentity(OLD, in_(own)), undefined);
});

Deno.test("moveIdentity() takes along what worked at the server", async () => {
  const proven = {
    revision: "2024c",
    quirks: NO_QUIRKS,
    packetSize: 7902,
    packetDelay: 5,
  } as const;
  await using main = await OwnParty.oldFriend();
  await writeRegisteredServer(main.folder, { server: OLD, clientId: IDENTITY.clientId, clock });
  await using aside = await OwnParty.stranger();
  await putAside(aside, OLD, "Aside");
  for (const own of [main, aside]) {
    await writeProven(own.folder, { ...proven, server: OLD, clock });
    await moveIdentity({ ...in_(own), from: OLD, to: NEW });
    deepStrictEqual(await readProven(own.folder, NEW), proven);
    strictEqual(await readProven(own.folder, OLD), undefined);
    deepStrictEqual((await listIdentities(own.folder)).map(({ server }) => server), [NEW]);
  }
});

Deno.test("moveIdentity() replaces no identity, and says where there is one", async () => {
  await using own = await OwnParty.stranger();
  await putAside(own, OLD, "Old");
  await putAside(own, NEW, "New");
  await failsWith(moveIdentity({ ...in_(own), from: OLD, to: NEW }), {
    ...BAD,
    message: /^new:1256 has an identity of its own in ".*new_1256.me\.info"; move that/,
  });
  strictEqual((await findIdentity(OLD, in_(own)))?.identity.name, "Old");
  await failsWith(moveIdentity({ ...in_(own), from: OTHER, to: NEW }), {
    ...BAD,
    message: /^There is no identity for other:1256; on record are new:1256, old:1256$/,
  });
});

Deno.test("moveIdentity() takes no identity of which nothing says whose it is", async () => {
  await using own = await OwnParty.oldFriend();
  await failsWith(moveIdentity({ ...in_(own), from: OLD, to: NEW }), {
    ...BAD,
    message: /no server is on record in this folder/,
  });
});
