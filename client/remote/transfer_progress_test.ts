import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { TransferProgress } from "./transfer_report.ts";

Deno.test("TransferProgress counts bytes once that are sent again after a restart", () => {
  const progress = new TransferProgress(() => 0);
  progress.expect(100);
  progress.came("a", { bytes: 80, name: "a" });
  // The server has less than was on the way.
  strictEqual(progress.came("a", { bytes: 40, name: "a" }).sent, 40);
  strictEqual(progress.came("a", { bytes: 100, name: "a" }).sent, 100);
  progress.end("a", 100);
  strictEqual(progress.bytes, 100);
});

Deno.test("TransferProgress counts what was there before in the share, and in no rate", () => {
  const progress = new TransferProgress(() => 0);
  for (const size of [100, 50]) progress.expect(size);
  progress.end("there already", 50);
  progress.resumes("a", 60);
  const { sent, total, before } = progress.came("a", { bytes: 70, name: "a" });
  deepStrictEqual([sent, total, before], [120, 150, 110]);
  strictEqual(progress.bytes, 10);
});
