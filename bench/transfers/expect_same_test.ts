import { rejects } from "node:assert/strict";
import { join } from "node:path";
import { temporaryFolder } from "../../tests/peers/temporary_folder.ts";
import { expectSame } from "./expect_same.ts";

Deno.test("expectSame() bears equal files and folders, and names what differs", async () => {
  await using folder = await temporaryFolder();
  const at = (...names: readonly string[]) => join(folder.path, ...names);
  for (const side of ["sent", "arrived"]) {
    await Deno.mkdir(at(side));
    for (const name of ["a", "b"]) await Deno.writeTextFile(at(side, name), name);
  }
  await expectSame(at("sent"), at("arrived"));
  await expectSame(at("sent", "a"), at("arrived", "a"));
  await Deno.writeTextFile(at("arrived", "b"), "c");
  await rejects(expectSame(at("sent"), at("arrived")), /not what was sent: Files .*b differ/);
  await Deno.remove(at("arrived", "b"));
  await rejects(expectSame(at("sent"), at("arrived")), /not what was sent: Only in .*sent: b/);
  await rejects(expectSame(at("sent", "a"), at("arrived", "none")), /none/);
});
