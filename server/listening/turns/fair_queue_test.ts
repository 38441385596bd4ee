import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { FairQueue } from "./fair_queue.ts";

/** What may happen to a queue: a member joins at a level, the next one is picked, or one leaves. */
const EVENTS = fc.array(
  fc.oneof(
    fc.record({ join: fc.nat(5) }),
    fc.constant("next" as const),
    fc.record({ leave: fc.nat(30) }),
  ),
  { maxLength: 200 },
);

Deno.test("FairQueue gives each member one turn, and none to those that left", () => {
  fc.assert(fc.property(EVENTS, (events) => {
    const queue = new FairQueue<number>();
    const waiting = new Set<number>();
    let count = 0;
    for (const event of events) {
      if (event === "next") {
        const member = queue.next();
        strictEqual(member === undefined, waiting.size === 0);
        if (member !== undefined) ok(waiting.delete(member));
      } else if ("join" in event) {
        waiting.add(count);
        queue.join(count++, event.join);
      } else {
        waiting.delete(event.leave);
        queue.leave(event.leave);
      }
      strictEqual(queue.size, waiting.size);
    }
  }));
});

Deno.test("FairQueue picks a member with n before it after at most 4 (n + 1) picks", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(5), { maxLength: 40 }), fc.nat(5), (before, level) => {
      const queue = new FairQueue<string>();
      for (const other of before) queue.join("other", other);
      queue.join("it", level);
      let picks = 1;
      while (queue.next() !== "it") {
        picks++;
        // There is always a member that used less.
        queue.join("newcomer", 0);
      }
      ok(picks <= 4 * (before.length + 1), `${picks}`);
    }),
  );
});

Deno.test("FairQueue lets lower levels go ahead in three of four picks, in their order", () => {
  const queue = new FairQueue<string>();
  for (const member of ["a5", "b0", "c2", "d0", "e2", "f0"]) queue.join(member, Number(member[1]));
  const order = Array.from({ length: 7 }, () => queue.next());
  deepStrictEqual(order, ["b0", "d0", "f0", "a5", "c2", "e2", undefined]);
});

Deno.test("FairQueue picks one of the last level beside others after 32 (n + 1) picks", () => {
  for (const others of [0, 1, 3]) {
    const queue = new FairQueue<string>();
    for (let count = 0; count < others; count++) queue.join("last", 31);
    queue.join("it", 31);
    const picked: (string | undefined)[] = [];
    while (picked.at(-1) !== "it") {
      queue.join("newcomer", 0);
      picked.push(queue.next());
    }
    strictEqual(picked.length, 32 * (others + 1));
    strictEqual(picked.filter((member) => member === "last").length, others);
  }
});

Deno.test("FairQueue picks those of the last level at once where there are no others", () => {
  const queue = new FairQueue<number>();
  for (let count = 0; count < 10; count++) queue.join(count, 31);
  deepStrictEqual(Array.from({ length: 10 }, () => queue.next()), [...Array(10).keys()]);
});
