import assert from "node:assert/strict";
import { join } from "node:path";
import { temporaryFolder } from "../../tests/peers/temporary_folder.ts";
import { ROOT } from "../root.ts";
import { FIRST_MODULE } from "./chunk_names.ts";
import { splitClient } from "./split.ts";

/** Characters of the modules that every start reads. */
const MOST_AT_START = 250_000;

Deno.test("splitClient() loads no npm at the start, and is equal in any folder", async () => {
  await using one = await temporaryFolder();
  await using other = await temporaryFolder();
  const { folder, names, licences } = await splitClient(one.path, "commit 1234");
  const again = await splitClient(other.path, "commit 1234");
  assert.deepEqual(again.names, names);
  const texts = new Map<string, string>();
  for (const name of names) {
    const text = await Deno.readTextFile(join(folder, name));
    assert.equal(await Deno.readTextFile(join(again.folder, name)), text, name);
    for (const local of [ROOT, one.path, "/npm/", '"../']) assert(!text.includes(local), local);
    texts.set(name, text);
  }
  assert.deepEqual([...licences.keys()], []);

  const start = new Set([FIRST_MODULE]);
  let size = 0;
  for (const name of start) {
    const text = texts.get(name) ?? assert.fail(name);
    size += text.length;
    assert.doesNotMatch(text, /^\/\/ npm:/m, name);
    for (const [, from = ""] of text.matchAll(/^(?:import|\}|export).*? ?"([^"]+)";$/gm)) {
      assert(from.startsWith("./"), `${name} imports ${from}`);
      start.add(from.slice(2));
    }
  }
  assert(start.size > 3 && start.size < names.length, `${start.size} of ${names.length}`);
  assert(size < MOST_AT_START, `${size} characters`);
});
