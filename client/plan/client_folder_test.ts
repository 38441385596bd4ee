import { strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { failsWith, OwnParty } from "../../tests/peers/own_party.ts";
import { EXIT } from "../client_error.ts";
import { clientFolder } from "./client_folder.ts";

Deno.test("clientFolder() is the one that is named, else the current one", async () => {
  await using own = await OwnParty.stranger();
  strictEqual(await clientFolder(own.folder), own.folder);
  strictEqual(await clientFolder(undefined), ".");
});

Deno.test("clientFolder() refuses a folder that is missing, and does not make it", async () => {
  await using own = await OwnParty.stranger();
  const folder = join(own.folder, "none");
  await failsWith(clientFolder(folder), {
    reason: "bad-setting",
    exitCode: EXIT.usage,
    message: /^There is no folder ".*none"; make it, or name another one with --dir$/,
  });
  strictEqual(await Deno.lstat(folder).catch(() => undefined), undefined);
});

Deno.test("clientFolder() refuses a file", async () => {
  await using own = await OwnParty.stranger();
  const { path } = await own.file("file", "abc");
  await failsWith(clientFolder(path), {
    reason: "bad-setting",
    exitCode: EXIT.usage,
    message: /^".*file" is not a folder; name one with --dir$/,
  });
});
