import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { PieceQueue } from "./encrypted_content.ts";

Deno.test("PieceQueue hands pieces over in their order, and ends behind the last one", async () => {
  const queue = new PieceQueue<number>(2);
  queue.push(1);
  queue.push(2);
  queue.end();
  deepStrictEqual([await queue.take(), await queue.take(), await queue.take()], [1, 2, undefined]);
});

Deno.test("PieceQueue has its taker wait for a piece, or for the end", async () => {
  const queue = new PieceQueue<number>(2);
  const first = queue.take();
  queue.push(1);
  strictEqual(await first, 1);
  const second = queue.take();
  queue.end();
  strictEqual(await second, undefined);
});

Deno.test("PieceQueue throws the error that ended it only after the last piece", async () => {
  const queue = new PieceQueue<number>(2);
  queue.push(1);
  queue.end({ error: new Error("The disk failed") });
  strictEqual(await queue.take(), 1);
  await rejects(queue.take(), /The disk failed/);
});

Deno.test("PieceQueue has its maker wait while too many pieces wait", async () => {
  const queue = new PieceQueue<number>(2);
  queue.push(1);
  strictEqual(await queue.untilFree(), true);
  queue.push(2);
  let roomy = false;
  const room = queue.untilFree().then((more) => roomy = more);
  // All that is ready to run has run when a task of the event loop has.
  await new Promise((resolve) => setTimeout(resolve, 0));
  strictEqual(roomy, false);
  strictEqual(await queue.take(), 1);
  strictEqual(await room, true);
});

Deno.test("PieceQueue tells a maker that waits when nobody takes any more", async () => {
  const queue = new PieceQueue<number>(1);
  queue.push(1);
  const room = queue.untilFree();
  queue.close();
  strictEqual(await room, false);
  strictEqual(await queue.untilFree(), false);
});
