import { strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { failsWith, OwnParty } from "../../tests/peers/own_party.ts";
import { EXIT } from "../client_error.ts";
import { clientFolder, type Places } from "./client_folder.ts";

const FROM_SOURCE: Places = { current: ".", own: undefined };

Deno.test("clientFolder() is the one that is named, else the current one", async () => {
  await using own = await OwnParty.stranger();
  strictEqual(await clientFolder(own.folder, FROM_SOURCE), own.folder);
  strictEqual(await clientFolder(undefined, FROM_SOURCE), ".");
});

for (const name of ["transfer.info", "me.info", "priv.key"]) {
  Deno.test(`clientFolder() finds ${name} beside the program, but here first`, async () => {
    await using here = await OwnParty.stranger();
    await using beside = await OwnParty.stranger();
    const places = { current: here.folder, own: beside.folder };
    strictEqual(await clientFolder(undefined, places), here.folder);
    await beside.file(name, "");
    strictEqual(await clientFolder(undefined, places), beside.folder);
    strictEqual(await clientFolder(undefined, { ...places, own: undefined }), here.folder);
    await here.file("priv.key", "");
    strictEqual(await clientFolder(undefined, places), here.folder);
  });
}

Deno.test("clientFolder() prefers the one that is named, whatever the others hold", async () => {
  await using here = await OwnParty.stranger();
  await using beside = await OwnParty.stranger();
  await using named = await OwnParty.stranger();
  await here.file("transfer.info", "");
  await beside.file("transfer.info", "");
  const places = { current: here.folder, own: beside.folder };
  strictEqual(await clientFolder(named.folder, places), named.folder);
});

Deno.test("clientFolder() refuses a folder that is missing, and does not make it", async () => {
  await using own = await OwnParty.stranger();
  const folder = join(own.folder, "none");
  await failsWith(clientFolder(folder, FROM_SOURCE), {
    reason: "bad-setting",
    exitCode: EXIT.usage,
    message: /^There is no folder ".*none"; make it, or name another one with --dir$/,
  });
  strictEqual(await Deno.lstat(folder).catch(() => undefined), undefined);
});

Deno.test("clientFolder() refuses a file", async () => {
  await using own = await OwnParty.stranger();
  const { path } = await own.file("file", "abc");
  await failsWith(clientFolder(path, FROM_SOURCE), {
    reason: "bad-setting",
    exitCode: EXIT.usage,
    message: /^".*file" is not a folder; name one with --dir$/,
  });
});
