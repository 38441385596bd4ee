import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { ALICE, arrive, enter, type Entered, idOf } from "../../../tests/peers/arrivals.ts";
import { DEFAULT_LIMITS } from "../../settings/limit_settings.ts";
import { SYSTEM_CLOCK } from "../../system_clock.ts";
import { Admission, type ConnectionSlot } from "./admission.ts";

const anyRogueStep = fc.record({
  act: fc.constantFrom("enter", "enter", "moved", "identified", "leave"),
  address: fc.nat(40),
  which: fc.nat(20),
  later: fc.nat(400),
});

Deno.test("a real client always gets in, and stays as long as nobody sends more", () => {
  const limits = { ...DEFAULT_LIMITS, connections: 8, connectionsPerClient: 3 };
  const arrival = fc.nat(60);
  fc.assert(
    fc.property(fc.array(anyRogueStep, { maxLength: 200 }), arrival, (steps, arrivesAt) => {
      let time = 0;
      const admission = new Admission({ limits, clock: { ...SYSTEM_CLOCK, now: () => time } });
      const rogues: Entered[] = [];
      let honest: Entered | undefined;
      for (const [at, { act, address, which, later }] of steps.entries()) {
        time += later;
        if (at === arrivesAt) honest = enter(admission, ALICE);
        honest?.slot.identified(idOf(1_000));
        honest?.slot.moved(1_000_000);
        honest?.slot.heard();
        const rogue = rogues[which % Math.max(1, rogues.length)];
        if (act === "enter") rogues.push(enter(admission, `198.51.100.${address}`));
        else if (act === "moved") rogue?.slot.moved(which * 1_000);
        else if (act === "identified") rogue?.slot.identified(idOf(which % 4));
        else rogue?.slot[Symbol.dispose]();
        rogue?.slot.heard();
        deepStrictEqual(honest?.evicted ?? [], []);
        ok(admission.size <= 8);
      }
    }),
    { numRuns: 300 },
  );
});

/** Slots, of which half may belong to connections that have just come. */
const PLACES = 64;

/** Milliseconds until a client has sent its first bytes, and between two arrivals at least. */
const SLOW = { firstBytes: 600, arrivals: 20 } as const;

const anyNeighbourStep = fc.record({
  act: fc.constantFrom("enter", "enter", "enter", "moved", "identified", "leave"),
  which: fc.nat(200),
  later: fc.integer({ min: SLOW.arrivals, max: 100 }),
});

Deno.test("beside a rush from its own address a real client stays once it has sent most", () => {
  const limits = { ...DEFAULT_LIMITS, connections: PLACES, connectionsPerAddress: 2 * PLACES };
  const steps = fc.array(anyNeighbourStep, { minLength: PLACES, maxLength: 4 * PLACES });
  fc.assert(
    fc.property(steps, fc.nat(100), fc.boolean(), (steps, arrivesAt, known) => {
      let time = 0;
      const admission = new Admission({ limits, clock: { ...SYSTEM_CLOCK, now: () => time } });
      const rogues = Array.from({ length: PLACES }, () => enter(admission));
      let honest: Entered | undefined;
      let came = 0;
      for (const [at, { act, which, later }] of steps.entries()) {
        time += later;
        if (at === arrivesAt) {
          honest = enter(admission);
          came = time;
        }
        if (time - came >= SLOW.firstBytes) {
          if (known) honest?.slot.identified(idOf(1_000));
          honest?.slot.moved(30_000);
          honest?.slot.heard();
        }
        const rogue = rogues[which % rogues.length];
        if (act === "enter") rogues.push(enter(admission));
        else if (act === "moved") rogue?.slot.moved(which * 10);
        else if (act === "identified") rogue?.slot.identified(idOf(which % 4));
        else rogue?.slot[Symbol.dispose]();
        rogue?.slot.heard();
        deepStrictEqual(honest?.evicted ?? [], []);
        ok(admission.size <= PLACES);
      }
    }),
    { numRuns: 300 },
  );
});

Deno.test("who only opens connections evicts its own, however many in a second", () => {
  const clock = { now: 0 };
  const limits = { ...DEFAULT_LIMITS, connectionsPerAddress: 2_000 };
  const admission = new Admission({ limits, clock: { ...SYSTEM_CLOCK, now: () => clock.now } });
  const enterMany = (milliseconds: number) => {
    for (let time = 0; time < milliseconds; time += 2, clock.now += 2) enter(admission);
  };
  enterMany(5_000);
  const slow = enter(admission);
  // As long as the handshake and the first request of a client across the world take.
  enterMany(900);
  slow.slot.identified(idOf(1));
  slow.slot.heard();
  enterMany(10_000);
  deepStrictEqual(slow.evicted, []);
});

Deno.test("in an address that is full, one that did nothing for ten seconds makes room", () => {
  const clock = { now: 0 };
  const limits = { ...DEFAULT_LIMITS, connectionsPerAddress: 3, leastRate: 0 };
  const admission = new Admission({ limits, clock: { ...SYSTEM_CLOCK, now: () => clock.now } });
  const [busy, idle, pinned] = [enter(admission), enter(admission), enter(admission)];
  using _pinned = pinned.slot.pin();
  clock.now = 9_999;
  busy.slot.moved(1);
  busy.slot.heard();
  strictEqual(arrive(admission).slot, "too-many-from-address");
  clock.now = 10_000;
  const newcomer = enter(admission);
  deepStrictEqual(evictedOf(busy, idle, pinned), [[], ["stranger-evicted"], []]);
  // The newcomer has its ten seconds too.
  clock.now = 19_998;
  strictEqual(arrive(admission).slot, "too-many-from-address");
  clock.now = 20_000;
  enter(admission);
  deepStrictEqual(evictedOf(busy, pinned, newcomer), [[], [], ["stranger-evicted"]]);
});

Deno.test("in an address that is full, one that moves less than an upload makes room", () => {
  const clock = { now: 0 };
  const limits = { ...DEFAULT_LIMITS, connectionsPerAddress: 4 };
  const admission = new Admission({ limits, clock: { ...SYSTEM_CLOCK, now: () => clock.now } });
  const full = [enter(admission), enter(admission), enter(admission), enter(admission)];
  const [uploading, ...asking] = full;
  ok(uploading);
  /** Lets a minute pass, in which one moves so many bytes a second, and others what `ask` says. */
  const minute = (bytes: number, ask: (slot: ConnectionSlot, second: number) => void) => {
    for (let second = 1; second <= 60; second++) {
      clock.now += 1_000;
      uploading.slot.moved(bytes);
      for (const { slot } of asking) ask(slot, second);
      for (const { slot } of full) slot.heard();
    }
  };
  minute(1_100, (slot) => slot.moved(1_100));
  strictEqual(arrive(admission).slot, "too-many-from-address");
  deepStrictEqual(evictedOf(...full), [[], [], [], []]);
  // A request every four seconds, of which the last one has just come.
  minute(1_100, (slot, second) => {
    if (second % 4 === 0) slot.identified(idOf(1));
  });
  const newcomer = enter(admission);
  deepStrictEqual(evictedOf(...full), [[], ["client-evicted"], [], []]);
  // It has time for its first bytes, so another one is evicted for the next connection.
  enter(admission);
  deepStrictEqual(evictedOf(uploading, newcomer), [[], []]);
  deepStrictEqual(asking.filter(({ evicted }) => evicted.length > 0).length, 2);
});

/** Why each of these was evicted. */
function evictedOf(...connections: readonly Entered[]) {
  return connections.map(({ evicted }) => evicted);
}
