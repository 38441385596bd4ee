import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { Admission, type AdmissionReason, ConnectionSlot } from "./admission.ts";
import { DEFAULT_LIMITS, type Limits } from "../settings/limit_settings.ts";

const ALICE = "192.0.2.1";
const BOB = "192.0.2.2";

/** A door with these limits. */
function open(changed: Partial<Limits>): Admission {
  return new Admission({ minimumStay: 0, limits: { ...DEFAULT_LIMITS, ...changed } });
}

/** A new connection: its slot, and the reason of its eviction, if it was evicted. */
function arrive(admission: Admission, address = ALICE) {
  const evicted: AdmissionReason[] = [];
  const slot = admission.admit({ address, evict: (reason) => evicted.push(reason) });
  return { slot, evicted };
}

/** One that is let in. */
function enter(admission: Admission, address = ALICE) {
  const { slot, evicted } = arrive(admission, address);
  ok(slot instanceof ConnectionSlot, `It was not let in: ${slot}`);
  return { slot, evicted };
}

Deno.test("there are no more connections than the limit says, when all have said who they are", () => {
  const admission = open({ connections: 2 });
  const [one, two] = [enter(admission), enter(admission)];
  for (const { slot } of [one, two]) slot.identified();
  strictEqual(arrive(admission, BOB).slot, "too-many-connections");
  strictEqual(admission.size, 2);
  one.slot[Symbol.dispose]();
  strictEqual(admission.size, 1);
  enter(admission, BOB);
  deepStrictEqual([one.evicted, two.evicted], [[], []]);
});

Deno.test("when nobody is a stranger, the client idle longest has to go, but not before ten seconds", () => {
  const clock = { now: 0 };
  const limits = { ...DEFAULT_LIMITS, connections: 3 };
  const admission = new Admission({ limits, now: () => clock.now });
  const [first, second, third] = [enter(admission), enter(admission), enter(admission)];
  for (const { slot } of [first, second, third]) slot.identified();
  clock.now = 5_000;
  first.slot.heard();
  clock.now = 9_999;
  strictEqual(arrive(admission, BOB).slot, "too-many-connections");
  clock.now = 10_000;
  // A client that waits for a reply is not idle.
  second.slot.busy = true;
  enter(admission, BOB).slot.identified();
  deepStrictEqual([first, second, third].map(({ evicted }) => evicted), [
    [],
    [],
    ["idle-client-evicted"],
  ]);
  strictEqual(arrive(admission, BOB).slot, "too-many-connections");
  second.slot.busy = false;
  enter(admission, BOB);
  deepStrictEqual(second.evicted, ["idle-client-evicted"]);
  deepStrictEqual(first.evicted, []);
  strictEqual(admission.size, 3);
});

Deno.test("a newcomer gets the slot of the stranger idle longest when there is none left", () => {
  const admission = open({ connections: 3 });
  const [known, first, second] = [enter(admission), enter(admission), enter(admission)];
  known.slot.identified();
  first.slot.heard();
  enter(admission, BOB);
  deepStrictEqual([known.evicted, first.evicted, second.evicted], [[], [], ["stranger-evicted"]]);
  enter(admission, BOB);
  deepStrictEqual([known.evicted, first.evicted], [[], ["stranger-evicted"]]);
  strictEqual(admission.size, 3);
});

Deno.test("beyond the limit of strangers the one idle longest has to go, and nobody else", () => {
  const admission = open({ strangers: 2 });
  const [first, second, third] = [enter(admission), enter(admission), enter(admission)];
  deepStrictEqual([first, second, third].map(({ evicted }) => evicted.length), [1, 0, 0]);
  // An identified client frees a slot for an unauthenticated one.
  third.slot.identified();
  const fourth = enter(admission);
  second.slot.heard();
  const fifth = enter(admission);
  deepStrictEqual([second, third, fourth, fifth].map(({ evicted }) => evicted.length), [
    0,
    0,
    1,
    0,
  ]);
  strictEqual(admission.size, 3);
});

Deno.test("a client that says who it is gets in and stays, whatever strangers do", () => {
  const admission = open({ connections: 8, strangers: 4 });
  for (let time = 0; time < 1000; time++) {
    for (let stranger = 0; stranger < 10; stranger++) enter(admission, BOB).slot.heard();
    const client = enter(admission, ALICE);
    client.slot.heard();
    client.slot.identified();
    for (let stranger = 0; stranger < 10; stranger++) enter(admission, BOB).slot.heard();
    deepStrictEqual(client.evicted, []);
    client.slot[Symbol.dispose]();
  }
  strictEqual(admission.size, 4);
});

Deno.test("an address has its own limit of connections, and gets a slot back for each that ends", () => {
  const admission = open({ connectionsPerAddress: 2, strangers: 3 });
  const [one, two] = [enter(admission), enter(admission)];
  strictEqual(arrive(admission).slot, "too-many-from-address");
  deepStrictEqual([one.evicted, two.evicted], [[], []]);
  for (let time = 0; time < 3; time++) one.slot[Symbol.dispose]();
  const three = enter(admission);
  strictEqual(arrive(admission).slot, "too-many-from-address");
  // An eviction is an end too, also when the connection notices it later.
  for (const address of [BOB, BOB]) enter(admission, address);
  deepStrictEqual(two.evicted, ["stranger-evicted"]);
  two.slot[Symbol.dispose]();
  enter(admission);
  deepStrictEqual(three.evicted, ["stranger-evicted"]);
});

Deno.test("connections from this machine have no limit of their own but count with all", () => {
  const admission = open({ connectionsPerAddress: 1, connections: 3 });
  for (const address of ["127.0.0.1", "127.0.0.1", "::1"]) {
    enter(admission, address).slot.identified();
  }
  strictEqual(arrive(admission, "127.0.0.1").slot, "too-many-connections");
});

Deno.test("who is banned is not let in, and what is banned is the address", () => {
  const clock = { now: 0 };
  const limits = { ...DEFAULT_LIMITS, failures: 4, banTime: 1000, namesPerHour: 1 };
  const admission = new Admission({ minimumStay: 0, limits, now: () => clock.now });
  const [one, two] = [enter(admission), enter(admission)];
  const others = enter(admission, BOB);
  deepStrictEqual([one, two, one].map(({ slot }) => slot.failed()), [100, 200, 400]);
  strictEqual(two.slot.banned, false);
  one.slot.failed();
  deepStrictEqual([one, two, others].map(({ slot }) => slot.banned), [true, true, false]);
  strictEqual(arrive(admission).slot, "banned");
  strictEqual(arrive(admission, `::ffff:${ALICE}`).slot, "banned");
  deepStrictEqual([one, two].map(({ slot }) => slot.registers()), [true, false]);
  strictEqual(others.slot.registers(), true);
  clock.now = 1000;
  enter(admission);
});

Deno.test("a slot that is given up is given up once, and takes no part any more", () => {
  const admission = open({ connections: 2, connectionsPerAddress: 2 });
  const gone = enter(admission);
  for (let time = 0; time < 3; time++) gone.slot[Symbol.dispose]();
  gone.slot.heard();
  gone.slot.identified();
  strictEqual(admission.size, 0);
  const [one, two] = [enter(admission), enter(admission)];
  for (const { slot } of [one, two]) slot.identified();
  strictEqual(arrive(admission).slot, "too-many-from-address");
  strictEqual(arrive(admission, BOB).slot, "too-many-connections");
  deepStrictEqual(gone.evicted, []);
});

const anyStep = fc.record({
  act: fc.constantFrom("enter", "enter", "enter", "heard", "identified", "leave"),
  which: fc.nat(20),
});

Deno.test("whatever connections do, limits hold, who is known stays, and a stranger makes room", () => {
  const limits = { ...DEFAULT_LIMITS, connections: 6, strangers: 3, connectionsPerAddress: 4 };
  fc.assert(fc.property(fc.array(anyStep, { maxLength: 80 }), (steps) => {
    const admission = new Admission({ minimumStay: 0, limits });
    /** The admitted connections, the one idle longest first. */
    let inside: {
      readonly connection: ReturnType<typeof enter>;
      address: string;
      known: boolean;
    }[] = [];
    const strangers = () => inside.filter(({ known }) => !known);
    for (const { act, which } of steps) {
      const chosen = inside[which % Math.max(1, inside.length)];
      if (act === "enter") {
        const address = [ALICE, BOB][which % 2] ?? ALICE;
        const full = inside.filter((other) => other.address === address).length >= 4;
        const longest = strangers()[0];
        const crowded = strangers().length >= 3 || inside.length >= 6;
        const { slot, evicted } = arrive(admission, address);
        if (full) strictEqual(slot, "too-many-from-address");
        else if (inside.length >= 6 && !longest) strictEqual(slot, "too-many-connections");
        else ok(slot instanceof ConnectionSlot);
        if (!(slot instanceof ConnectionSlot)) continue;
        if (crowded && longest) {
          deepStrictEqual(longest.connection.evicted, ["stranger-evicted"]);
          inside = inside.filter((other) => other !== longest);
        }
        inside.push({ connection: { slot, evicted }, address, known: false });
      } else if (chosen === undefined) {
        continue;
      } else if (act === "heard") {
        chosen.connection.slot.heard();
        inside = [...inside.filter((other) => other !== chosen), chosen];
      } else if (act === "identified") {
        chosen.connection.slot.identified();
        chosen.known = true;
      } else {
        chosen.connection.slot[Symbol.dispose]();
        inside = inside.filter((other) => other !== chosen);
      }
      strictEqual(admission.size, inside.length);
      ok(inside.length <= 6 && strangers().length <= 3);
      ok(inside.every(({ connection }) => connection.evicted.length === 0));
    }
  }));
});

Deno.test("a rush of newcomers does not send each other away, but those who stay silent", () => {
  let time = 0;
  const limits = { ...DEFAULT_LIMITS, strangers: 2, connections: 5, loopback: false };
  const admission = new Admission({ limits, now: () => time });
  const evicted: string[] = [];
  const admit = (name: string) =>
    admission.admit({ address: "127.0.0.1", evict: () => evicted.push(name) });
  for (const name of ["a", "b", "c", "d"]) admit(name);
  deepStrictEqual(evicted, []);
  time = 1_000;
  for (const name of ["e", "f", "g", "h"]) admit(name);
  deepStrictEqual(evicted, ["a", "b", "c", "d"]);
  admit("i");
  deepStrictEqual(evicted.length, 4);
  // All slots are in use: now every connection may be evicted.
  admit("j");
  deepStrictEqual(evicted, ["a", "b", "c", "d", "e"]);
});
