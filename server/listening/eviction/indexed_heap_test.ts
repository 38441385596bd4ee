import { strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { IndexedHeap } from "./indexed_heap.ts";

interface Item {
  order: number;
}

const anyStep = fc.record({
  act: fc.constantFrom("add", "add", "change", "delete"),
  which: fc.nat(30),
  order: fc.nat(20),
});

Deno.test("the first item of a heap is the least, whatever is added, changed and removed", () => {
  fc.assert(fc.property(fc.array(anyStep, { maxLength: 100 }), (steps) => {
    const heap = new IndexedHeap<Item>((one, other) => one.order < other.order);
    const items: Item[] = [];
    for (const { act, which, order } of steps) {
      const chosen = items[which % Math.max(1, items.length)];
      if (act === "add" || chosen === undefined) {
        const item = { order };
        items.push(item);
        heap.set(item);
      } else if (act === "change") {
        chosen.order = order;
        heap.set(chosen);
      } else {
        items.splice(items.indexOf(chosen), 1);
        for (let time = 0; time < 2; time++) heap.delete(chosen);
      }
      const least = items.length === 0 ? undefined : Math.min(...items.map((one) => one.order));
      strictEqual(heap.first?.order, least);
    }
    for (const item of items.toSorted((one, other) => one.order - other.order)) {
      strictEqual(heap.first?.order, item.order);
      heap.delete(heap.first ?? item);
    }
    strictEqual(heap.first, undefined);
  }));
});
