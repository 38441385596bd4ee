import { ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { EvictionOrder } from "./eviction_order.ts";

interface Item {
  readonly name: string;
}

const KINDS = ["address", "client"] as const;
const MINIMUM_STAY = 1000;
const MOST_YOUNG = 4;

/** What a model knows of an entry. */
interface Known {
  readonly item: Item;
  readonly address: string;
  readonly since: number;
  client: string | undefined;
  established: boolean;
  held: boolean;
  /** Groups in which it is not protected any longer, although it is not established. */
  readonly exposed: Set<string>;
  bytes: number;
}

/** A group of a model: what it was is forgotten when it has no entries. */
interface KnownGroup {
  readonly born: number;
  bytes: number;
}

/** What has to go, found by looking at all. */
class Model {
  entries: Known[] = [];
  readonly #groups = new Map<string, KnownGroup>();
  #born = 0;

  /** The groups of an entry, by their names. */
  groupsOf(entry: Known): readonly string[] {
    return KINDS.flatMap((kind) => entry[kind] === undefined ? [] : [`${kind} ${entry[kind]}`]);
  }

  /** Counts bytes, weighted by the time: exact for so short a time. */
  moved(entry: Known, bytes: number): void {
    entry.bytes += bytes;
    for (const name of this.groupsOf(entry)) {
      const group = this.#groups.get(name);
      if (group !== undefined) group.bytes += bytes;
    }
  }

  /** To be called after each step; `time`: its time. */
  update(time: number): void {
    const members = this.#members();
    for (const name of members.keys()) {
      if (!this.#groups.has(name)) this.#groups.set(name, { born: ++this.#born, bytes: 0 });
    }
    for (const name of this.#groups.keys()) if (!members.has(name)) this.#groups.delete(name);
    for (const [name, all] of members) {
      const free = all.filter(({ held }) => !held);
      const young = free.filter((entry) => !entry.established && !entry.exposed.has(name));
      // At most half, rounded up.
      for (let rest = young.length; rest > free.length - rest + 1; rest--) {
        young.shift()?.exposed.add(name);
      }
    }
    const young = this.entries.filter(({ established }) => !established);
    for (const [at, entry] of young.entries()) {
      entry.established = time - entry.since >= MINIMUM_STAY || young.length - at > MOST_YOUNG;
    }
  }

  /** The item that has to go. */
  next(): Item | undefined {
    const groups = [...this.#members()].flatMap(([name, all]) => {
      const free = all.filter(({ held }) => !held);
      if (free.length === 0 || name.startsWith("client") && all.length < 2) return [];
      const { born = 0, bytes = 0 } = this.#groups.get(name) ?? {};
      const unprotected = free.filter((one) => one.established || one.exposed.has(name));
      // Equal ones stay in their order, the oldest first.
      const [first = free[0]] = unprotected.toSorted((one, other) => one.bytes - other.bytes);
      const young = free.some(({ established }) => established) ? 0 : 1;
      return [{ size: all.length, young, bytes, born, first }];
    });
    const [greediest] = groups.toSorted((one, other) =>
      other.size - one.size || one.young - other.young || one.bytes - other.bytes ||
      one.born - other.born
    );
    return greediest?.first?.item;
  }

  #members(): Map<string, Known[]> {
    const members = new Map<string, Known[]>();
    for (const entry of this.entries) {
      for (const name of this.groupsOf(entry)) {
        members.set(name, [...members.get(name) ?? [], entry]);
      }
    }
    return members;
  }
}

const anyStep = fc.record({
  act: fc.constantFrom("add", "add", "add", "identify", "moved", "pin", "release", "delete"),
  which: fc.nat(40),
  key: fc.constantFrom("v", "w", "x", "y", "z"),
  bytes: fc.integer({ min: 1, max: 1_000_000 }),
  later: fc.nat(600),
});

Deno.test("whatever comes, the one that has to go is the one that a look at all finds", () => {
  fc.assert(
    fc.property(fc.array(anyStep, { maxLength: 120 }), (steps) => {
      let time = 0;
      const order = new EvictionOrder<Item>({
        ...{ now: () => time, minimumStay: MINIMUM_STAY, mostYoung: MOST_YOUNG },
      });
      const model = new Model();
      for (const { act, which, key, bytes, later } of steps) {
        time += later;
        const chosen = model.entries[which % Math.max(1, model.entries.length)];
        if (act === "add") {
          const item = { name: `${key}${time}` };
          model.entries.push({
            ...{ item, address: key, since: time, established: false, client: undefined },
            ...{ held: false, exposed: new Set(), bytes: 0 },
          });
          order.add(item, key);
        } else if (chosen !== undefined) {
          if (act === "identify") {
            if (chosen.client !== key) chosen.exposed.delete(`client ${chosen.client}`);
            chosen.client = key;
            order.identify(chosen.item, key);
          } else if (act === "moved") {
            model.moved(chosen, bytes * 2 ** (time / 3000));
            order.moved(chosen.item, bytes);
          } else if (act === "delete") {
            model.entries = model.entries.filter((entry) => entry !== chosen);
            ok(order.delete(chosen.item));
          } else if (chosen.held === (act === "release")) {
            chosen.held = !chosen.held;
            chosen.exposed.clear();
            order[act](chosen.item);
          }
        }
        model.update(time);
        strictEqual(order.next()?.name, model.next()?.name);
        strictEqual(order.size, model.entries.length);
      }
    }),
    { numRuns: 500 },
  );
});
