import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { IDENTITY, OwnParty } from "../../../tests/peers/own_party.ts";
import { IdentityDraft } from "./identity_draft.ts";
import { SYSTEM_CLOCK } from "../../system_clock.ts";

const { name, privateKey, clientId } = IDENTITY;
const clock = SYSTEM_CLOCK;

async function namesIn(folder: string): Promise<readonly string[]> {
  return (await Array.fromAsync(Deno.readDir(folder), ({ name }) => name)).toSorted();
}

Deno.test("An IdentityDraft becomes the identity when it has an id", async () => {
  await using own = await OwnParty.stranger();
  const draft = await IdentityDraft.write(own.folder, { name, privateKey, clock });
  strictEqual(draft.isAssigned, false);
  strictEqual(await own.files.load(), undefined);
  await draft.assign(clientId);
  await draft.commit(own.folder);
  deepStrictEqual(await own.files.load(), IDENTITY);
  deepStrictEqual(await namesIn(own.folder), ["me.info", "priv.key"]);
});

Deno.test("An IdentityDraft does not grow with an id in any script", async () => {
  await using own = await OwnParty.stranger();
  const draft = await IdentityDraft.write(own.folder, {
    name: "Zo\u00eb \u05d0",
    privateKey,
    clock,
  });
  const path = join(own.folder, ".me.info.new");
  const { size } = await Deno.stat(path);
  await draft.assign(clientId);
  strictEqual((await Deno.stat(path)).size, size);
  await draft.commit(own.folder);
  deepStrictEqual(await own.files.load(), { ...IDENTITY, name: "Zo\u00eb \u05d0" });
});

Deno.test("An IdentityDraft that was left behind is found, with its id or without", async () => {
  await using own = await OwnParty.stranger();
  strictEqual(await IdentityDraft.find(own.folder, { clock }), undefined);
  const draft = await IdentityDraft.write(own.folder, { name, privateKey, clock });
  strictEqual((await IdentityDraft.find(own.folder, { clock }))?.isAssigned, false);
  await draft.assign(clientId);
  // An end between the two renames.
  await Deno.rename(join(own.folder, ".priv.key.new"), join(own.folder, "priv.key"));
  const left = await IdentityDraft.find(own.folder, { clock });
  ok(left?.isAssigned);
  deepStrictEqual(left.identity, IDENTITY);
  await left.commit(own.folder);
  deepStrictEqual(await own.files.load(), IDENTITY);
});

Deno.test("An IdentityDraft that was cut short is none", async () => {
  await using own = await OwnParty.stranger();
  await IdentityDraft.write(own.folder, { name, privateKey, clock });
  const path = join(own.folder, ".me.info.new");
  for (let { size } = await Deno.stat(path); size > 0; size -= 97) {
    await Deno.truncate(path, Math.max(0, size - 97));
    strictEqual((await IdentityDraft.find(own.folder, { clock }))?.isAssigned, undefined);
  }
});

Deno.test("An IdentityDraft with an id stays when it cannot be committed", async () => {
  await using own = await OwnParty.stranger();
  const draft = await IdentityDraft.write(own.folder, { name, privateKey, clock });
  await draft.assign(clientId);
  await Deno.mkdir(join(own.folder, "me.info"));
  await Deno.writeTextFile(join(own.folder, "me.info", "x"), "");
  await rejects(draft.commit(own.folder), /a folder has that name; move it away/);
  ok((await IdentityDraft.find(own.folder, { clock }))?.isAssigned);
});
