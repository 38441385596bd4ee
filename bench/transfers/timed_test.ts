import { ok, rejects, strictEqual } from "node:assert/strict";
import { median, timed } from "./timed.ts";

Deno.test("timed() runs a command to its end", async () => {
  const { seconds } = await timed([Deno.execPath(), "--version"]);
  ok(seconds > 0 && seconds < 60);
});

Deno.test("timed() throws what a command that fails has to say", async () => {
  await rejects(timed([Deno.execPath(), "run", "--no-prompt", "no_such_file.ts"]), /no_such_file/);
});

Deno.test("median() is the value in the middle", () => {
  strictEqual(median([3]), 3);
  strictEqual(median([9, 1, 5]), 5);
  strictEqual(median([4, 1, 3, 2]), 2);
});
