import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { BatchProgress } from "./send_files.ts";

const file = (name: string, size: number) => ({ path: name, name, size, modified: 0 });

function progressOf(...files: readonly ReturnType<typeof file>[]) {
  const clock = { time: 1_000 };
  const progress = new BatchProgress({ now: () => clock.time });
  progress.begin(files);
  return { clock, progress };
}

Deno.test("BatchProgress shows a single file by its name", () => {
  const alpha = file("alpha", 100);
  const { clock, progress } = progressOf(alpha);
  clock.time += 50;
  deepStrictEqual(progress.sent(alpha, 40), { name: "alpha", sent: 40, total: 100, elapsed: 50 });
});

Deno.test("BatchProgress shows several files as a sum, in any order", () => {
  const [alpha, beta] = [file("alpha", 100), file("beta", 50)];
  const { progress } = progressOf(alpha, beta);
  strictEqual(progress.sent(alpha, 40).sent, 40);
  strictEqual(progress.sent(beta, 10).sent, 50);
  strictEqual(progress.sent(alpha, 60).sent, 70);
  progress.end(beta);
  const { name, sent, total } = progress.sent(alpha, 100);
  deepStrictEqual({ name, sent, total }, { name: "1 of 2 files", sent: 150, total: 150 });
});

Deno.test("BatchProgress goes back when a file is sent again", () => {
  const alpha = file("alpha", 100);
  const { progress } = progressOf(alpha);
  progress.sent(alpha, 90);
  strictEqual(progress.sent(alpha, 10).sent, 10);
});
