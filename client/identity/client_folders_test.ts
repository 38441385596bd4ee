import { strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { failsWith, OwnParty } from "../../tests/peers/own_party.ts";
import { EXIT } from "../client_error.ts";
import { clientFolders, type Places } from "./client_folders.ts";

const FROM_SOURCE: Places = { current: ".", own: undefined, userFolder: undefined };

Deno.test("clientFolders() is the one that is named, else the current one", async () => {
  await using own = await OwnParty.stranger();
  strictEqual((await clientFolders(own.folder, FROM_SOURCE)).folder, own.folder);
  strictEqual((await clientFolders(undefined, FROM_SOURCE)).folder, ".");
});

for (const name of ["transfer.info", "me.info", "priv.key"]) {
  Deno.test(`clientFolders() finds ${name} beside the program, but here first`, async () => {
    await using here = await OwnParty.stranger();
    await using beside = await OwnParty.stranger();
    const places = { current: here.folder, own: beside.folder, userFolder: undefined };
    strictEqual((await clientFolders(undefined, places)).folder, here.folder);
    await beside.file(name, "");
    strictEqual((await clientFolders(undefined, places)).folder, beside.folder);
    strictEqual(
      (await clientFolders(undefined, { ...places, own: undefined, userFolder: undefined })).folder,
      here.folder,
    );
    await here.file("priv.key", "");
    strictEqual((await clientFolders(undefined, places)).folder, here.folder);
  });
}

Deno.test("clientFolders() prefers the one that is named, whatever the others hold", async () => {
  await using here = await OwnParty.stranger();
  await using beside = await OwnParty.stranger();
  await using named = await OwnParty.stranger();
  await here.file("transfer.info", "");
  await beside.file("transfer.info", "");
  const places = { current: here.folder, own: beside.folder, userFolder: undefined };
  strictEqual((await clientFolders(named.folder, places)).folder, named.folder);
});

Deno.test("clientFolders() refuses a folder that is missing, and does not make it", async () => {
  await using own = await OwnParty.stranger();
  const folder = join(own.folder, "none");
  await failsWith(clientFolders(folder, FROM_SOURCE), {
    reason: "bad-setting",
    exitCode: EXIT.usage,
    message: /^There is no folder ".*none"; make it, or name another one with --dir$/,
  });
  strictEqual(await Deno.lstat(folder).catch(() => undefined), undefined);
});

Deno.test("clientFolders() refuses a file", async () => {
  await using own = await OwnParty.stranger();
  const { path } = await own.file("file", "abc");
  await failsWith(clientFolders(path, FROM_SOURCE), {
    reason: "bad-setting",
    exitCode: EXIT.usage,
    message: /^".*file" is not a folder; name one with --dir$/,
  });
});
