import { deepStrictEqual } from "node:assert/strict";
import { join } from "node:path";
import { failsWith, OwnParty } from "../../tests/peers/own_party.ts";
import { EXIT } from "../client_error.ts";
import { checkWritable } from "./check_writable.ts";

Deno.test("checkWritable() notices folders that have the names of its files", async () => {
  for (const name of ["me.info", "priv.key"]) {
    await using own = await OwnParty.stranger();
    await Deno.mkdir(join(own.folder, name));
    await failsWith(checkWritable(own.folder), {
      reason: "identity-not-writable",
      exitCode: EXIT.usage,
      message: new RegExp(`^".*${name}" is a folder, .*--dir`),
    });
    deepStrictEqual(await namesIn(own.folder), [name]);
  }
});

Deno.test("checkWritable() leaves nothing behind in a folder that is writable", async () => {
  await using own = await OwnParty.stranger();
  await checkWritable(own.folder);
  deepStrictEqual(await namesIn(own.folder), []);
});

Deno.test("checkWritable() says what to do where the folder is missing, or is a file", async () => {
  await using own = await OwnParty.stranger();
  await own.file("file", "abc");
  for (const folder of ["no folder", "file"]) {
    await failsWith(checkWritable(join(own.folder, folder)), {
      reason: "identity-not-writable",
      exitCode: EXIT.usage,
      message: /^Cannot write ".*me\.info": .*--dir/,
    });
  }
});

async function namesIn(folder: string): Promise<readonly string[]> {
  return await Array.fromAsync(Deno.readDir(folder), ({ name }) => name);
}
