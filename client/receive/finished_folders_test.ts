import { ok, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { temporaryFolder } from "../../tests/peers/temporary_folder.ts";
import { FinishedFolders } from "./finished_folders.ts";

const MODIFIED = 1_600_000_000_000;

Deno.test("FinishedFolders gives times to folders, and to none through a link", async () => {
  await using folder = await temporaryFolder();
  const [outside, root] = ["outside", "root"].map((name) => join(folder.path, name));
  ok(outside !== undefined && root !== undefined);
  await Deno.mkdir(join(outside, "b"), { recursive: true });
  await Deno.mkdir(join(root, "real", "b"), { recursive: true });
  await Deno.symlink(outside, join(root, "a"));
  const folders = new FinishedFolders(root, () => {});
  for (const place of [["a"], ["a", "b"], ["real"], ["real", "b"]]) {
    await folders.enter(place, { kind: "folder", path: place, modified: MODIFIED });
  }
  await folders.end();
  const times = async (path: string) => (await Deno.stat(path)).mtime?.getTime();
  for (const path of ["real", "real/b"]) strictEqual(await times(join(root, path)), MODIFIED);
  for (const path of ["", "b"]) ok(await times(join(outside, path)) !== MODIFIED, path);
});
