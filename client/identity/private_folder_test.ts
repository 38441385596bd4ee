import { ok } from "node:assert/strict";
import { join } from "node:path";
import { failsWith, OwnParty } from "../../tests/peers/own_party.ts";
import { EXIT } from "../client_error.ts";
import { makePrivateFolder } from "./replace_file.ts";

for (const then of ["is gone", "makes it again"]) {
  Deno.test(`makePrivateFolder() gets a folder another client removes and ${then}`, async () => {
    await using own = await OwnParty.stranger();
    const path = join(own.folder, "servers");
    await Deno.mkdir(path);
    const { stat } = Deno;
    Deno.stat = async (path) => {
      Deno.stat = stat;
      await Deno.remove(path);
      try {
        return await stat(path);
      } finally {
        if (then === "makes it again") await Deno.mkdir(path);
      }
    };
    try {
      await makePrivateFolder(path);
    } finally {
      Deno.stat = stat;
    }
    ok((await Deno.stat(path)).isDirectory);
  });
}

Deno.test("makePrivateFolder() refuses a file and a dangling link", async () => {
  await using own = await OwnParty.stranger();
  const [file, link] = ["file", "link"].map((name) => join(own.folder, name));
  await Deno.writeTextFile(file ?? "", "");
  await Deno.symlink("nowhere", link ?? "");
  for (const path of [file, link]) {
    await failsWith(makePrivateFolder(path ?? ""), {
      ...{ reason: "identity-not-writable", exitCode: EXIT.usage },
      message: /something else has that name/,
    });
  }
});
