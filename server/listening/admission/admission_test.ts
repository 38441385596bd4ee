import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { ALICE, arrive, enter, type Entered, idOf } from "../../../tests/peers/arrivals.ts";
import { DEFAULT_LIMITS, type Limits } from "../../settings/limit_settings.ts";
import { TestClock } from "../../../tests/peers/test_clock.ts";
import { SYSTEM_CLOCK } from "../../system_clock.ts";
import { Admission, ConnectionSlot } from "./admission.ts";
import { NAME_TOKENS } from "./name_tokens.ts";

const BOB = "192.0.2.2";

/** An admission with these limits. */
function open(changed: Partial<Limits>): Admission {
  return new Admission({
    minimumStay: 0,
    clock: SYSTEM_CLOCK,
    limits: { ...DEFAULT_LIMITS, ...changed },
  });
}

/** Why each of these was evicted. */
function reasons(...connections: readonly Entered[]) {
  return connections.map(({ evicted }) => evicted);
}

Deno.test("when connections are full, one of the address with the most has to go", () => {
  const admission = open({ connections: 4 });
  const alone = enter(admission, BOB);
  const [first, second, third] = [enter(admission), enter(admission), enter(admission)];
  const fourth = enter(admission);
  deepStrictEqual(reasons(alone, first, second, third), [[], ["stranger-evicted"], [], []]);
  // That a client is known does not keep it: what counts is how many connections it has.
  for (const [at, { slot }] of [second, third, fourth].entries()) slot.identified(idOf(at));
  for (const { slot } of [second, fourth]) slot.heard();
  const newcomer = enter(admission, BOB);
  deepStrictEqual(reasons(alone, second, third, fourth), [[], [], ["client-evicted"], []]);
  strictEqual(admission.size, 4);
  newcomer.slot[Symbol.dispose]();
  strictEqual(admission.size, 3);
});

Deno.test("eight addresses that hold all connections, and send, keep nobody out", () => {
  const clock = { now: 0 };
  const admission = new Admission({
    limits: DEFAULT_LIMITS,
    clock: { ...SYSTEM_CLOCK, now: () => clock.now },
  });
  const rogues = Array.from({ length: 1024 }, (_, at) => {
    const rogue = enter(admission, `192.0.2.${at >> 7}`);
    rogue.slot.identified(idOf(at));
    return rogue;
  });
  for (let second = 0; second < 60; second++) {
    clock.now += 1_000;
    // 57 KB/s in all, as much as the least rate of transfers wants of it.
    for (const { slot } of rogues) {
      slot.moved(56);
      slot.heard();
    }
    const honest = enter(admission, `198.51.100.${second}`);
    honest.slot.identified(idOf(10_000 + second));
    deepStrictEqual(honest.evicted, []);
    clock.now += 30_000;
    for (let back = 0; back < 8; back++) {
      // The evicted client comes again, and a connection of another of the eight addresses is
      // evicted.
      arrive(admission, `192.0.2.${back}`);
    }
    deepStrictEqual(honest.evicted, []);
    honest.slot[Symbol.dispose]();
  }
});

Deno.test("among addresses with one connection each, those that moved the least have to go", () => {
  const clock = { now: 0 };
  const limits = { ...DEFAULT_LIMITS, connections: 3 };
  const admission = new Admission({ limits, clock: { ...SYSTEM_CLOCK, now: () => clock.now } });
  const [slow, fast, silent] = ["a", "b", "c"].map((address) => enter(admission, address));
  ok(slow && fast && silent);
  for (const [{ slot }, bytes] of [[slow, 1000], [fast, 10_000]] as const) {
    slot.moved(bytes);
    slot.heard();
  }
  clock.now = 1_000;
  // It has just come, as honest ones do.
  const newcomer = enter(admission, "d");
  enter(admission, "e");
  deepStrictEqual(reasons(slow, fast, silent, newcomer), [
    ["stranger-evicted"],
    [],
    ["stranger-evicted"],
    [],
  ]);
  clock.now = 2_000;
  enter(admission, "f");
  deepStrictEqual(reasons(fast, newcomer), [[], ["stranger-evicted"]]);
});

Deno.test("a connection that is pinned does not go; when all are pinned, nobody gets in", () => {
  const admission = open({ connections: 2 });
  const [one, two] = [enter(admission), enter(admission, BOB)];
  const pinned = [one, two].map(({ slot }) => slot.pin());
  strictEqual(arrive(admission).slot, "too-many-connections");
  pinned[1]?.[Symbol.dispose]();
  enter(admission);
  deepStrictEqual(reasons(one, two), [[], ["stranger-evicted"]]);
});

Deno.test("a client has its own limit of connections; its idlest one goes", () => {
  const admission = open({ connectionsPerClient: 2 });
  const [one, two, three, other] = ["a", "b", "c", "d"].map((from) => enter(admission, from));
  ok(one && two && three && other);
  for (const { slot } of [one, two, one, two]) slot.identified(idOf(7));
  one.slot.heard();
  other.slot.identified(idOf(8));
  deepStrictEqual(reasons(one, two, other), [[], [], []]);
  three.slot.identified(idOf(7));
  deepStrictEqual(reasons(one, two, three, other), [[], ["too-many-of-client"], [], []]);
  strictEqual(admission.size, 3);
});

Deno.test("beyond the limit of strangers one of them has to go, and nobody else", () => {
  const admission = open({ strangers: 2 });
  const [first, second, third] = [enter(admission), enter(admission), enter(admission)];
  deepStrictEqual(reasons(first, second, third), [["stranger-evicted"], [], []]);
  // An identified client frees a slot for an unauthenticated one.
  third.slot.identified(idOf(1));
  const fourth = enter(admission);
  const fifth = enter(admission);
  deepStrictEqual(reasons(second, third, fourth, fifth), [["stranger-evicted"], [], [], []]);
  strictEqual(admission.size, 3);
  // One that takes or sends content does not go before one that does nothing.
  fourth.slot.moved(1);
  fourth.slot.heard();
  enter(admission);
  deepStrictEqual(reasons(fourth, fifth), [[], ["stranger-evicted"]]);
});

Deno.test("a client gets in and stays, whatever strangers of another address do", () => {
  const admission = open({ connections: 8, connectionRate: Number.MAX_SAFE_INTEGER });
  for (let time = 0; time < 1000; time++) {
    for (let stranger = 0; stranger < 10; stranger++) enter(admission, BOB);
    const client = enter(admission, ALICE);
    for (let stranger = 0; stranger < 10; stranger++) enter(admission, BOB);
    deepStrictEqual(client.evicted, []);
    client.slot[Symbol.dispose]();
  }
  strictEqual(admission.size, 7);
});

Deno.test("an address has its own limit, and regains a slot for each end", () => {
  const admission = open({ connectionsPerAddress: 2, connections: 3, leastRate: 0 });
  const [one, two] = [enter(admission), enter(admission)];
  strictEqual(arrive(admission).slot, "too-many-from-address");
  deepStrictEqual(reasons(one, two), [[], []]);
  for (let time = 0; time < 3; time++) one.slot[Symbol.dispose]();
  const three = enter(admission);
  strictEqual(arrive(admission).slot, "too-many-from-address");
  // An eviction is an end too, also when the connection notices it later.
  for (const address of [BOB, BOB]) enter(admission, address);
  deepStrictEqual(reasons(two, three), [["stranger-evicted"], []]);
  three.slot[Symbol.dispose]();
  enter(admission);
});

Deno.test("connections from this machine have no limit of their own but count with all", () => {
  const admission = open({ connectionsPerAddress: 1, connections: 3 });
  const [first] = ["127.0.0.1", "127.0.0.1", "::1"].map((from) => enter(admission, from));
  enter(admission, "127.0.0.1");
  deepStrictEqual(first?.evicted, ["stranger-evicted"]);
});

Deno.test("who is banned is not let in, and what is banned is the address", async () => {
  const clock = { now: 0 };
  const limits = { ...DEFAULT_LIMITS, failures: 4, banTime: 1000, namesPerHour: 1 };
  const admission = new Admission({
    minimumStay: 0,
    limits,
    clock: { ...SYSTEM_CLOCK, now: () => clock.now },
  });
  const [one, two] = [enter(admission), enter(admission)];
  const others = enter(admission, BOB);
  deepStrictEqual([one, two, one].map(({ slot }) => slot.failed()), [100, 200, 400]);
  strictEqual(two.slot.banned, false);
  one.slot.failed();
  deepStrictEqual([one, two, others].map(({ slot }) => slot.banned), [true, true, false]);
  strictEqual(arrive(admission).slot, "banned");
  strictEqual(arrive(admission, `::ffff:${ALICE}`).slot, "banned");
  deepStrictEqual([await one.slot.registers("A"), await two.slot.registers("B")], [true, false]);
  strictEqual(await others.slot.registers("C"), true);
  clock.now = 1000;
  enter(admission);
});

Deno.test("a slot that is given up is given up once, and takes no part any more", () => {
  const admission = open({ connections: 2, connectionsPerAddress: 2, leastRate: 0 });
  const gone = enter(admission);
  const pinned = gone.slot.pin();
  for (let time = 0; time < 3; time++) gone.slot[Symbol.dispose]();
  gone.slot.identified(idOf(1));
  gone.slot.moved(5);
  gone.slot.heard();
  pinned[Symbol.dispose]();
  strictEqual(admission.size, 0);
  const [one, two] = [enter(admission), enter(admission)];
  strictEqual(arrive(admission).slot, "too-many-from-address");
  enter(admission, BOB);
  deepStrictEqual(reasons(gone, one, two), [[], ["stranger-evicted"], []]);
});

const anyStep = fc.record({
  act: fc.constantFrom("enter", "enter", "enter", "moved", "identified", "keep", "leave"),
  which: fc.nat(20),
});

Deno.test("whatever connections do, limits hold, and no newcomer goes for want of a slot", () => {
  const limits = {
    ...{ ...DEFAULT_LIMITS, connections: 6, strangers: 3 },
    ...{ connectionsPerAddress: 4, connectionsPerClient: 2, leastRate: 0 },
  };
  fc.assert(fc.property(fc.array(anyStep, { maxLength: 80 }), (steps) => {
    const admission = new Admission({ minimumStay: 0, limits, clock: SYSTEM_CLOCK });
    const all: {
      readonly connection: Entered;
      readonly address: string;
      client?: number;
      pinned: boolean;
    }[] = [];
    const inside = () => all.filter(({ connection }) => connection.evicted.length === 0);
    for (const { act, which } of steps) {
      const before = inside();
      const chosen = before[which % Math.max(1, before.length)];
      if (act === "enter") {
        const address = [ALICE, BOB][which % 2] ?? ALICE;
        const full = before.filter((other) => other.address === address).length >= 4;
        const { slot, evicted } = arrive(admission, address);
        if (full) strictEqual(slot, "too-many-from-address");
        else if (before.length >= 6 && before.every(({ pinned }) => pinned)) {
          strictEqual(slot, "too-many-connections");
        } else ok(slot instanceof ConnectionSlot);
        if (!(slot instanceof ConnectionSlot)) continue;
        all.push({ connection: { slot, evicted }, address, pinned: false });
        // The newcomer, and all but one or two: one for all, one for the strangers.
        ok(inside().length >= before.length - 1);
      } else if (chosen === undefined) {
        continue;
      } else if (act === "moved") {
        chosen.connection.slot.moved(which);
        chosen.connection.slot.heard();
      } else if (act === "identified") {
        chosen.client = which % 3;
        chosen.connection.slot.identified(idOf(chosen.client));
        deepStrictEqual(chosen.connection.evicted, []);
      } else if (act === "keep") {
        chosen.pinned = true;
        chosen.connection.slot.pin();
      } else {
        chosen.connection.slot[Symbol.dispose]();
        all.splice(all.indexOf(chosen), 1);
      }
      const now = inside();
      strictEqual(admission.size, now.length);
      ok(now.length <= 6);
      for (const { pinned, connection } of all) if (pinned) deepStrictEqual(connection.evicted, []);
      const free = now.filter(({ pinned }) => !pinned);
      for (const client of [0, 1, 2]) {
        const own = now.filter((one) => one.client === client);
        ok(own.length <= 2 || own.every((one) => one.pinned || one === chosen), `${own.length}`);
      }
      const strangers = free.filter(({ client }) => client === undefined);
      ok(strangers.length <= 3, `${strangers.length} strangers`);
    }
  }));
});

Deno.test("a connection that is evicted waits for no token for a name", async () => {
  const clock = new TestClock();
  const limits = { ...DEFAULT_LIMITS, loopback: true };
  const admission = new Admission({ limits, clock });
  const { slot } = enter(admission);
  for (let name = 0; name < NAME_TOKENS.tokens; name++) ok(await slot.registers(`${name}`));
  const waiting = slot.registers("Late");
  slot.evict("client-evicted");
  slot[Symbol.dispose]();
  strictEqual(await waiting, false);
});
