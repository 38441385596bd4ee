import assert from "node:assert/strict";
import fc from "fast-check";

import { locationOf, parseLocation } from "./location.ts";
import { safeName } from "../../../shared/names/safe_name.ts";
import { StorageError } from "../storage_error.ts";
import { clientIdOf } from "../../../shared/wire/client_id.ts";

const ID = "00112233445566778899aabbccddeeff";

Deno.test("parseLocation() takes apart what locationOf() put together", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 16, maxLength: 16 }),
      fc.uint8Array({ maxLength: 300 }),
      (clientId, raw) => {
        const element = safeName(raw);
        const parts = parseLocation(locationOf(clientIdOf(clientId), element));
        assert.deepEqual(parts.elements, [element]);
        assert.match(parts.folder, /^[0-9a-f]{32}$/);
      },
    ),
  );
});

Deno.test("parseLocation() refuses every other path", () => {
  const refused = [
    "",
    "/",
    "a.txt",
    `received_files/${ID}`,
    `received_files/${ID}/`,
    `received_files/${ID}/.`,
    `received_files/${ID}/..`,
    `received_files/${ID}/../a.txt`,
    `received_files/${ID}/a//b`,
    `received_files/${ID}/../b`,
    `received_files/${ID}/a/../b`,
    `received_files/${ID}/a/./b`,
    `received_files/${ID}/NUL/b`,
    `received_files/${ID}/${Array(17).fill("a").join("/")}`,
    `received_files/${ID}/${Array(5).fill("a".repeat(210)).join("/")}`,
    `received_files/${ID}/a\\b`,
    `received_files/${ID}/a:b`,
    `received_files/${ID}/NUL`,
    `received_files/${ID}/a.txt/`,
    `received_files/${ID}/a\u0000`,
    `received_files//${ID}/a.txt`,
    `received_files/${ID.toUpperCase()}/a.txt`,
    `received_files/${ID}0/a.txt`,
    "received_files/../a.txt",
    `/received_files/${ID}/a.txt`,
    `./received_files/${ID}/a.txt`,
    `staging/${ID}/a.txt`,
    `Received_files/${ID}/a.txt`,
  ];
  for (const path of refused) {
    assert.throws(
      () => parseLocation(path),
      (error) => error instanceof StorageError && error.reason === "path-not-allowed",
      path,
    );
  }
});

Deno.test("parseLocation() takes a name of several safe elements", () => {
  for (const elements of [["a", "b"], ["Résumés", "2026", "a.txt"], Array(16).fill("a")]) {
    const parts = parseLocation(`received_files/${ID}/${elements.join("/")}`);
    assert.deepEqual(parts, { folder: ID, elements });
  }
});
