import { match, strictEqual } from "node:assert/strict";

import { locationOf } from "./location.ts";
import { distinctPath } from "./distinct_path.ts";
import { clientIdOf } from "../../../shared/wire/client_id.ts";

const ID = clientIdOf(new Uint8Array(16).fill(0xa1));
const named = (fileName: string) => ({ fileName, location: locationOf(ID, fileName) });

Deno.test("distinctPath() takes the path asked for where no other file is in the way", () => {
  strictEqual(distinctPath(named("a.txt"), []), locationOf(ID, "a.txt"));
});

Deno.test("distinctPath() leaves a file where it lies", () => {
  const elsewhere = { fileName: "a.txt", location: locationOf(ID, "elsewhere.txt") };
  strictEqual(distinctPath(named("a.txt"), [named("A.TXT"), elsewhere]), elsewhere.location);
});

Deno.test("distinctPath() takes the first number that is free, and then a mark", () => {
  const taken = [named("a.txt"), named("A (2).txt"), named("a (4).txt")];
  strictEqual(distinctPath(named("A.TXT"), taken), locationOf(ID, "A (3).TXT"));
  const all = [...taken, ...[3, 5, 6, 7, 8, 9].map((number) => named(`a (${number}).txt`))];
  const path = distinctPath(named("A.TXT"), all);
  match(path, /^received_files\/(a1){16}\/A%~[0-9a-f]{32}\.TXT$/);
});
