import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { EvictionOrder, type EvictionOrderOptions } from "./eviction_order.ts";

interface Item {
  readonly name: string;
}

/** An order with a clock in `time`, and items by their names. */
class Trial {
  time = 0;
  readonly order: EvictionOrder<Item>;
  readonly #items = new Map<string, Item>();

  constructor(options: Partial<EvictionOrderOptions> = {}) {
    this.order = new EvictionOrder({
      ...{ now: () => this.time, minimumStay: 0, mostYoung: Infinity },
      ...options,
    });
  }

  add(...names: readonly string[]): void {
    for (const name of names) this.order.add(this.item(name), name.charAt(0));
  }

  item(name: string): Item {
    const item = this.#items.get(name) ?? { name };
    this.#items.set(name, item);
    return item;
  }

  /** Removes the next items until none is left. Returns their names. */
  rest(): readonly string[] {
    const names: string[] = [];
    for (let next = this.order.next(); next !== undefined; next = this.order.next()) {
      names.push(next.name);
      ok(this.order.delete(next));
    }
    return names;
  }
}

Deno.test("one of the address with the most goes first, until all have the same", () => {
  const trial = new Trial();
  trial.add("a1", "b1", "b2", "c1", "b3", "c2", "d1");
  // Of equal ones that moved nothing, the one that is there longest.
  deepStrictEqual(trial.rest(), ["b1", "b2", "c1", "a1", "b3", "c2", "d1"]);
});

Deno.test("of one address, the one that moved the fewest bytes goes, then the oldest", () => {
  const trial = new Trial();
  trial.add("a1", "a2", "a3", "a4", "a5");
  trial.order.moved(trial.item("a1"), 1000);
  trial.order.moved(trial.item("a5"), 60);
  trial.time = 10_000;
  trial.order.moved(trial.item("a3"), 50);
  // A tenth is left of the bytes that moved ten seconds ago.
  deepStrictEqual(trial.rest(), ["a2", "a4", "a5", "a3", "a1"]);
});

Deno.test("where nothing can be moved the newest of an address goes", () => {
  const trial = new Trial({ within: "newest", minimumStay: 1000 });
  trial.add("a1", "a2", "b1", "a3");
  trial.time = 1000;
  trial.add("a4");
  for (const name of ["a1", "a3", "a4"]) trial.order.moved(trial.item(name), 100);
  deepStrictEqual(trial.rest(), ["a4", "a3", "a2", "b1", "a1"]);
});

Deno.test("of a client too, the one that moved the fewest bytes lately goes", () => {
  const trial = new Trial();
  trial.add("a1", "b1", "c1");
  for (const name of ["a1", "b1", "c1"]) trial.order.identify(trial.item(name), "someone");
  for (const [name, bytes] of [["a1", 30], ["b1", 10], ["c1", 20]] as const) {
    trial.order.moved(trial.item(name), bytes);
  }
  strictEqual(trial.order.nextOf("someone")?.name, "b1");
  trial.order.moved(trial.item("b1"), 100);
  strictEqual(trial.order.nextOf("someone")?.name, "c1");
});

Deno.test("a newcomer is protected from its own address until half of that is younger", () => {
  const trial = new Trial({ minimumStay: 1000 });
  trial.add("a1", "a2", "a3", "a4");
  trial.time = 900;
  for (const name of ["a1", "a2", "a3", "a4"]) trial.order.moved(trial.item(name), 500);
  trial.add("a5", "a6");
  trial.time = 1000;
  strictEqual(trial.order.next()?.name, "a1");
  trial.add("a7", "a8", "a9");
  // Five of nine are young: half of them, rounded up.
  strictEqual(trial.order.next()?.name, "a1");
  trial.add("a10", "a11");
  strictEqual(trial.order.next()?.name, "a5");
  // With its first bytes it is behind all that moved fewer.
  trial.order.moved(trial.item("a5"), 600);
  strictEqual(trial.order.next()?.name, "a1");
});

Deno.test("of equal addresses, the one with the fewest recent bytes gives one", () => {
  const trial = new Trial();
  trial.add("a1", "b1", "c1", "d1");
  trial.order.moved(trial.item("a1"), 1000);
  trial.time = 10_000;
  for (const [name, bytes] of [["b1", 50], ["c1", 200]] as const) {
    trial.order.moved(trial.item(name), bytes);
  }
  // A tenth is left of the bytes that moved ten seconds ago.
  deepStrictEqual(trial.rest(), ["d1", "b1", "a1", "c1"]);
});

Deno.test("a client with many addresses counts like one address", () => {
  const trial = new Trial();
  trial.add("a1", "b1", "c1", "d1", "d2", "e1");
  for (const name of ["a1", "b1", "c1"]) trial.order.identify(trial.item(name), "botnet");
  strictEqual(trial.order.sizeOf("botnet"), 3);
  strictEqual(trial.order.nextOf("botnet")?.name, "a1");
  strictEqual(trial.order.next()?.name, "a1");
  trial.order.identify(trial.item("c1"), "another");
  strictEqual(trial.order.clientOf(trial.item("c1")), "another");
  strictEqual(trial.order.sizeOf("botnet"), 2);
  // The address and the client have two each, and none has moved anything.
  deepStrictEqual(trial.rest().toSorted(), ["a1", "b1", "c1", "d1", "d2", "e1"]);
  deepStrictEqual([trial.order.sizeOf("botnet"), trial.order.nextOf("botnet")], [0, undefined]);
});

Deno.test("an entry of under a second goes after equal ones, before smaller", () => {
  const trial = new Trial({ minimumStay: 1000 });
  trial.add("a1", "b1");
  trial.order.moved(trial.item("a1"), 500);
  trial.order.moved(trial.item("b1"), 900);
  trial.time = 1000;
  trial.add("c1");
  strictEqual(trial.order.next()?.name, "a1");
  trial.add("c2");
  strictEqual(trial.order.next()?.name, "c1");
  trial.time = 2000;
  trial.order.delete(trial.item("c1"));
  strictEqual(trial.order.next()?.name, "c2");
});

Deno.test("of a rush, those beyond the number of young ones are treated as established", () => {
  const trial = new Trial({ minimumStay: 1000, mostYoung: 2 });
  trial.add("a1");
  trial.order.moved(trial.item("a1"), 500);
  trial.time = 1000;
  trial.add("b1", "c1", "d1");
  // It is better off than an honest one that sends: it moved nothing.
  strictEqual(trial.order.next()?.name, "b1");
  trial.order.delete(trial.item("b1"));
  strictEqual(trial.order.next()?.name, "a1");
});

Deno.test("what is held does not go, and counts all the same", () => {
  const trial = new Trial();
  trial.add("a1", "a2", "b1");
  for (const name of ["a2", "a1"]) trial.order.pin(trial.item(name));
  strictEqual(trial.order.next()?.name, "b1");
  trial.order.pin(trial.item("b1"));
  strictEqual(trial.order.next(), undefined);
  trial.order.release(trial.item("a1"));
  strictEqual(trial.order.next()?.name, "a1");
  // Twice held, twice released.
  for (const name of ["a1", "a1"]) trial.order.pin(trial.item(name));
  trial.order.release(trial.item("a2"));
  strictEqual(trial.order.next()?.name, "a2");
  ok(trial.order.delete(trial.item("a2")));
  strictEqual(trial.order.delete(trial.item("a2")), false);
  trial.order.release(trial.item("a1"));
  strictEqual(trial.order.next(), undefined);
  trial.order.release(trial.item("a1"));
  strictEqual(trial.order.next()?.name, "a1");
  strictEqual(trial.order.size, 2);
});
