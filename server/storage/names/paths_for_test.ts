import assert from "node:assert/strict";
import { locationOf, parseLocation } from "./location.ts";
import { pathsFor } from "./distinct_path.ts";
import { clientIdOf } from "../../../shared/wire/client_id.ts";

const ID = clientIdOf(new Uint8Array(16).fill(0xa1));

Deno.test("pathsFor() gives the path itself, then numbers, then a mark", () => {
  const names = [...pathsFor(locationOf(ID, "a.tar.gz"))].map((path) =>
    parseLocation(path).elements.at(-1)
  );
  assert.deepEqual(names.slice(0, 3), ["a.tar.gz", "a (2).tar.gz", "a (3).tar.gz"]);
  assert.equal(names.length, 10);
  assert.match(names[9] ?? "", /^a\.tar%~[0-9a-f]{32}\.gz$/);
});

Deno.test("pathsFor() gives paths of safe names, whatever has to be cut for a number", () => {
  const names = [
    "x".repeat(255),
    `${"%3A".repeat(84)}.gz`,
    `${"👩‍👩‍👧".repeat(13)}.jpg`,
  ];
  for (const name of names) {
    for (const path of pathsFor(locationOf(ID, name))) parseLocation(path);
  }
});
