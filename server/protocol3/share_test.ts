import { ok, strictEqual } from "node:assert/strict";
import { shareOf } from "./share.ts";

Deno.test("shareOf() gives much to a few uploads, and little to many", () => {
  strictEqual(shareOf(0), 512 * 1024);
  strictEqual(shareOf(1), 512 * 1024);
  strictEqual(shareOf(16), 512 * 1024);
  strictEqual(shareOf(500), 64 * 1024);
});

Deno.test("shareOf() never gives more to one upload when there are more of them", () => {
  for (let uploads = 0; uploads < 1_000; uploads++) ok(shareOf(uploads + 1) <= shareOf(uploads));
});

Deno.test("shareOf() keeps 500 uploads within 200 MB of buffers", () => {
  for (let uploads = 1; uploads <= 500; uploads++) ok(uploads * 6 * shareOf(uploads) < 200e6);
});
