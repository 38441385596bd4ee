/** How much the log says of paths, which clients choose. */

import { deepEqual, equal, match, ok } from "node:assert/strict";
import { servedApplication } from "./fixtures/served_application.ts";
import { contents, opened } from "./fixtures/uploader.ts";

/** The most characters of one path in a line. */
const MOST = 241;

/** A path of nearly 4,000 bytes that is told from others by its end alone. */
function longPath(end: string): string {
  return `${`folder-${"x".repeat(192)}/`.repeat(19)}${end}`;
}

Deno.test("a line about an entry has both ends of a long path, and no more", async () => {
  await using served = await servedApplication();
  const maya = await opened(served);
  const [path, other, empty, uploaded] = ["a", "b", "folder", "upload"].map(longPath);
  const before = served.lines.length;
  const at = (of = "") => `/v4/files/${of}`;
  const headers = { destination: at(other) };
  equal(await maya.reason("PUT", at(path), { body: "a" }), "201");
  await maya.get(path ?? "");
  equal(await maya.reason("MKCOL", at(empty)), "201");
  equal(await maya.reason("MOVE", at(path), { headers }), "201");
  equal(await maya.reason("DELETE", at(other)), "204");
  const upload = await maya.create(uploaded ?? "", { size: 10 });
  equal(await maya.patch(upload.at, 0, contents(10)), "204 10");
  const lines = served.lines.slice(before);
  const told = lines.map(({ file, destination }) => [file, destination]).flat()
    .filter((text) => text !== undefined).map(String);
  const ends = new Set(told.map((text) => text.slice(text.lastIndexOf("/") + 1)));
  deepEqual([...ends].sort(), ["a", "b", "folder", "upload"]);
  for (const text of told) {
    ok(text.length <= MOST, text);
    match(text, /^folder-x*….*\/\w+$/);
  }
});
