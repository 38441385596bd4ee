import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { EvictionOrder } from "./eviction_order.ts";

interface Item {
  readonly name: string;
}

/** An order with a clock in `time`, and items by their names. */
class Trial {
  time = 0;
  readonly order: EvictionOrder<Item>;
  readonly #items = new Map<string, Item>();

  constructor({ minimumStay = 0, mostYoung = Infinity } = {}) {
    this.order = new EvictionOrder({ now: () => this.time, minimumStay, mostYoung });
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

Deno.test("the newest of the address with the most goes first, until all have the same", () => {
  const trial = new Trial();
  trial.add("a1", "b1", "b2", "c1", "b3", "c2", "d1");
  // Of equal ones that moved nothing, the one that is there longest.
  deepStrictEqual(trial.rest(), ["b3", "b2", "c2", "a1", "b1", "c1", "d1"]);
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
  strictEqual(trial.order.nextOf("botnet")?.name, "c1");
  strictEqual(trial.order.next()?.name, "c1");
  trial.order.identify(trial.item("c1"), "another");
  strictEqual(trial.order.clientOf(trial.item("c1")), "another");
  strictEqual(trial.order.sizeOf("botnet"), 2);
  // The address and the client have two each, and nobody moved anything.
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
  strictEqual(trial.order.next()?.name, "c2");
  trial.time = 2000;
  trial.order.delete(trial.item("c2"));
  strictEqual(trial.order.next()?.name, "c1");
});

Deno.test("of a rush, those beyond the number of young ones are treated as settled", () => {
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
  for (const name of ["a2", "a1"]) trial.order.keep(trial.item(name));
  strictEqual(trial.order.next()?.name, "b1");
  trial.order.keep(trial.item("b1"));
  strictEqual(trial.order.next(), undefined);
  trial.order.release(trial.item("a1"));
  strictEqual(trial.order.next()?.name, "a1");
  // Twice held, twice released.
  trial.order.keep(trial.item("a2"));
  trial.order.release(trial.item("a2"));
  strictEqual(trial.order.next()?.name, "a1");
  trial.order.release(trial.item("a2"));
  strictEqual(trial.order.next()?.name, "a2");
  ok(trial.order.delete(trial.item("a2")));
  strictEqual(trial.order.delete(trial.item("a2")), false);
  strictEqual(trial.order.size, 2);
});

/** What a model knows of an entry. */
interface Known {
  readonly item: Item;
  readonly address: string;
  readonly since: number;
  settled: boolean;
  client: string | undefined;
  held: boolean;
}

/** The item that has to go, found by looking at all. */
function expected(
  entries: readonly Known[],
  bytesOf: (kind: "address" | "client", key: string) => number,
): Item | undefined {
  const groups = (["address", "client"] as const).flatMap((kind) =>
    [...Map.groupBy(entries, (entry) => entry[kind])].flatMap(([key, members]) => {
      const free = members.filter(({ held }) => !held);
      if (key === undefined || free.length === 0) return [];
      if (kind === "client" && members.length < 2) return [];
      const first = free.at(-1);
      return [{ size: members.length, first, bytes: bytesOf(kind, key) }];
    })
  );
  const young = (first: Known | undefined) => first?.settled ? 0 : 1;
  const [greediest] = groups.toSorted((one, other) =>
    other.size - one.size || young(one.first) - young(other.first) || one.bytes - other.bytes ||
    entries.indexOf(one.first ?? greedless) - entries.indexOf(other.first ?? greedless)
  );
  return greediest?.first?.item;
}

const greedless: Known = {
  ...{ item: { name: "" }, address: "", since: 0, settled: true, client: undefined, held: false },
};

const anyStep = fc.record({
  act: fc.constantFrom("add", "add", "add", "identify", "moved", "keep", "release", "delete"),
  which: fc.nat(40),
  key: fc.constantFrom("v", "w", "x", "y", "z"),
  bytes: fc.integer({ min: 1, max: 1_000_000 }),
  later: fc.nat(600),
});

Deno.test("whatever comes, the one that has to go is the one that a look at all finds", () => {
  const minimumStay = 1000;
  const mostYoung = 4;
  fc.assert(
    fc.property(fc.array(anyStep, { maxLength: 120 }), (steps) => {
      let time = 0;
      const order = new EvictionOrder<Item>({ now: () => time, minimumStay, mostYoung });
      let entries: Known[] = [];
      /** Bytes weighted by the time, as a plain sum, which is exact for so short a time. */
      const bytes = new Map<string, number>();
      for (const { act, which, key, bytes: moved, later } of steps) {
        time += later;
        const chosen = entries[which % Math.max(1, entries.length)];
        if (act === "add") {
          const item = { name: `${key}${time}` };
          const entry = { ...greedless, item, address: key, since: time, settled: false };
          entries.push(entry);
          order.add(item, key);
        } else if (chosen !== undefined) {
          if (act === "identify") {
            chosen.client = key;
            order.identify(chosen.item, key);
          } else if (act === "moved") {
            for (const kind of ["address", "client"] as const) {
              const group = `${kind} ${chosen[kind]}`;
              bytes.set(group, (bytes.get(group) ?? 0) + moved * 2 ** (time / 3000));
            }
            order.moved(chosen.item, moved);
          } else if (act === "delete") {
            entries = entries.filter((entry) => entry !== chosen);
            ok(order.delete(chosen.item));
          } else if (chosen.held === (act === "release")) {
            chosen.held = !chosen.held;
            order[act](chosen.item);
          }
        }
        // A group without entries is forgotten, with its bytes.
        for (const kind of ["address", "client"] as const) {
          for (const name of ["v", "w", "x", "y", "z"]) {
            if (!entries.some((entry) => entry[kind] === name)) bytes.delete(`${kind} ${name}`);
          }
        }
        const young = entries.filter(({ settled }) => !settled);
        for (const [at, entry] of young.entries()) {
          entry.settled = time - entry.since >= minimumStay || young.length - at > mostYoung;
        }
        const wanted = expected(entries, (kind, name) => bytes.get(`${kind} ${name}`) ?? 0);
        strictEqual(order.next()?.name, wanted?.name);
        strictEqual(order.size, entries.length);
      }
    }),
    { numRuns: 500 },
  );
});
