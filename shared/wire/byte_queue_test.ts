import { deepStrictEqual, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { ByteQueue } from "./frame_parser.ts";

/** What may be done with a queue. */
type Step =
  | { readonly op: "push"; readonly bytes: Uint8Array }
  | { readonly op: "peek" | "take" | "takeView"; readonly size: number }
  | { readonly op: "clear" };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: push() },
  { weight: 6, arbitrary: ask("peek", "take", "takeView") },
  { weight: 1, arbitrary: fc.constant({ op: "clear" } as const) },
);

function push(): fc.Arbitrary<Step> {
  return fc.uint8Array({ maxLength: 12 }).map((bytes) => ({ op: "push", bytes }));
}

function ask(...ops: readonly ("peek" | "take" | "takeView")[]): fc.Arbitrary<Step> {
  return fc.record({ op: fc.constantFrom(...ops), size: fc.nat(16) });
}

Deno.test("ByteQueue gives out what went in, in order, however it is asked", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const queue = new ByteQueue();
      let model: number[] = [];
      for (const step of steps) {
        if (step.op === "push") {
          queue.push(step.bytes);
          model.push(...step.bytes);
        } else if (step.op === "clear") {
          queue.clear();
          model = [];
        } else if (step.op === "takeView") {
          const view = queue.takeView(step.size);
          strictEqual(view === undefined, model.length === 0);
          deepStrictEqual([...view ?? []], model.splice(0, view?.byteLength ?? 0));
          if (view !== undefined && step.size > 0) strictEqual(view.byteLength > 0, true);
          strictEqual((view?.byteLength ?? 0) <= step.size, true);
        } else {
          const run = queue[step.op](step.size);
          const expected = model.length < step.size ? undefined : model.slice(0, step.size);
          deepStrictEqual(run && [...run], expected);
          if (step.op === "take" && run !== undefined) model.splice(0, step.size);
        }
        strictEqual(queue.size, model.length);
      }
    }),
    { numRuns: 1000 },
  );
});

Deno.test("ByteQueue holds no view of a piece once it was asked for more than it has", () => {
  const pieces = fc.array(fc.uint8Array({ maxLength: 12 }), { maxLength: 12 });
  fc.assert(fc.property(pieces, fc.integer({ min: 1, max: 20 }), (pieces, size) => {
    const queue = new ByteQueue();
    const runs: Uint8Array[] = [];
    for (const piece of pieces) {
      const reused = piece.slice();
      queue.push(reused);
      for (let run = queue.take(size); run !== undefined; run = queue.take(size)) runs.push(run);
      reused.fill(0xee);
    }
    const rest = queue.take(queue.size) ?? [];
    const expected = pieces.flatMap((piece) => [...piece]);
    deepStrictEqual([...runs, rest].flatMap((run) => [...run]), expected);
  }));
});

Deno.test("ByteQueue.peek() and take() give memory of their own", () => {
  for (const method of ["peek", "take"] as const) {
    const queue = new ByteQueue();
    const piece = Uint8Array.of(1, 2, 3);
    queue.push(piece);
    const run = queue[method](2);
    piece.fill(0xee);
    deepStrictEqual(run, Uint8Array.of(1, 2));
  }
});

Deno.test("ByteQueue.peek() leaves the bytes where they are", () => {
  const queue = new ByteQueue();
  queue.push(Uint8Array.of(1, 2, 3));
  deepStrictEqual(queue.peek(2), Uint8Array.of(1, 2));
  deepStrictEqual(queue.peek(3), Uint8Array.of(1, 2, 3));
  strictEqual(queue.size, 3);
});

Deno.test("ByteQueue.takeView() gives the memory of the piece itself", () => {
  const queue = new ByteQueue();
  const piece = Uint8Array.of(1, 2, 3, 4);
  queue.push(piece);
  const view = queue.takeView(3);
  strictEqual(view?.buffer, piece.buffer);
  deepStrictEqual(view, Uint8Array.of(1, 2, 3));
  strictEqual(queue.takeView(3)?.buffer, piece.buffer);
  strictEqual(queue.takeView(3), undefined);
});

Deno.test("ByteQueue.takeView() first gives what was held back, then the piece behind it", () => {
  const queue = new ByteQueue();
  queue.push(Uint8Array.of(1, 2));
  strictEqual(queue.take(3), undefined);
  queue.push(Uint8Array.of(3, 4));
  deepStrictEqual(queue.takeView(4), Uint8Array.of(1, 2));
  deepStrictEqual(queue.takeView(4), Uint8Array.of(3, 4));
});

Deno.test("ByteQueue gives an empty run at any time, and no view of nothing", () => {
  const queue = new ByteQueue();
  deepStrictEqual(queue.peek(0), new Uint8Array(0));
  deepStrictEqual(queue.take(0), new Uint8Array(0));
  strictEqual(queue.takeView(0), undefined);
});

Deno.test("ByteQueue.takeBriefly() gives a view of one piece, and joins what lies in two", () => {
  const queue = new ByteQueue();
  const piece = Uint8Array.of(1, 2, 3, 4);
  queue.push(piece);
  const view = queue.takeBriefly(3);
  deepStrictEqual(view, Uint8Array.of(1, 2, 3));
  strictEqual(view?.buffer, piece.buffer);
  strictEqual(queue.takeBriefly(3), undefined);
  queue.push(Uint8Array.of(5, 6));
  deepStrictEqual(queue.takeBriefly(3), Uint8Array.of(4, 5, 6));
  strictEqual(queue.size, 0);
});
