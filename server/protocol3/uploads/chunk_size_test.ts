import { ok, strictEqual } from "node:assert/strict";
import { chunkSizeFor } from "./chunk_size.ts";

Deno.test("chunkSizeFor() gives much to a few uploads, and little to many", () => {
  strictEqual(chunkSizeFor(0), 512 * 1024);
  strictEqual(chunkSizeFor(1), 512 * 1024);
  strictEqual(chunkSizeFor(16), 512 * 1024);
  strictEqual(chunkSizeFor(500), 64 * 1024);
});

Deno.test("chunkSizeFor() never gives more to one upload when there are more of them", () => {
  for (let uploads = 0; uploads < 1_000; uploads++) {
    ok(chunkSizeFor(uploads + 1) <= chunkSizeFor(uploads));
  }
});

Deno.test("chunkSizeFor() holds 500 uploads within 200 MB of buffers", () => {
  for (let uploads = 1; uploads <= 500; uploads++) ok(uploads * 6 * chunkSizeFor(uploads) < 200e6);
});
