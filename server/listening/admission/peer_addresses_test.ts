import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { DEFAULT_LIMITS, type Limits } from "../../settings/limit_settings.ts";
import { isLoopback, PeerAddresses } from "./peer_addresses.ts";

const HOUR = 3_600_000;
const ALICE = "192.0.2.1";
const BOB = "192.0.2.2";

/** PeerAddresses with a manual clock. */
function visit(changed: Partial<Limits> = {}) {
  const clock = { now: 5_000_000 };
  const limits = { ...DEFAULT_LIMITS, ...changed };
  return { clock, addresses: new PeerAddresses({ limits, now: () => clock.now }) };
}

/** Whether two addresses are taken for one entry. */
function areOne(one: string, other: string): boolean {
  const { addresses } = visit({ connectionsPerAddress: 1 });
  addresses.connected(one);
  return !addresses.mayConnect(other);
}

/** Counts some failures at once. Returns the delay of the last one. */
function fail(addresses: PeerAddresses, times: number): number {
  let delay = 0;
  for (let time = 0; time < times; time++) delay = addresses.failed(ALICE);
  return delay;
}

Deno.test("an address has at most the limit of connections, and another after an end", () => {
  const { addresses } = visit({ connectionsPerAddress: 2 });
  for (const more of [true, true, false]) {
    strictEqual(addresses.mayConnect(ALICE), more);
    if (more) addresses.connected(ALICE);
  }
  strictEqual(addresses.mayConnect(BOB), true);
  addresses.left(ALICE);
  strictEqual(addresses.mayConnect(ALICE), true);
});

Deno.test("IPv6 addresses with the same first half are one entry, however they are written", () => {
  const same = [
    ["2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff"],
    ["2001:db8:1:2::1", "2001:0DB8:0001:0002:0:0:0:9"],
    ["2001:db8::1", "2001:db8:0:0:1::"],
    ["2001:db8:1::", "2001:db8:1:0:2:3:4:5"],
    ["1:2:3:4:5:6:7::", "1:2:3:4::8"],
    ["1::2:3:4:5:6", "1:0:0:2::"],
    ["::5", "0:0:0:0:9::"],
  ] as const;
  for (const [one, other] of same) strictEqual(areOne(one, other), true, `${one} ${other}`);
  const different = [
    ["2001:db8:1:2::1", "2001:db8:1:3::1"],
    ["2001:db8:1:2::1", "2001:db8:2:2::1"],
    ["2001:db8::1", "2001:db8:0:1::1"],
    ["1::", "::1:0:0:0:0"],
    [ALICE, BOB],
    [ALICE, "::1.2.3.4"],
  ] as const;
  for (const [one, other] of different) strictEqual(areOne(one, other), false, `${one} ${other}`);
});

Deno.test("an IPv4 address is the same entry over IPv6, and apart from all others", () => {
  strictEqual(areOne(ALICE, `::ffff:${ALICE}`), true);
  strictEqual(areOne(`::ffff:${ALICE}`, ALICE), true);
  strictEqual(areOne(ALICE, `::ffff:${BOB}`), false);
  strictEqual(areOne(`::ffff:${ALICE}`, "::5"), false);
});

Deno.test("loopback addresses are exempt from limits unless set otherwise", () => {
  for (const address of ["127.0.0.1", "127.255.0.3", "::1", "::ffff:127.0.0.1"]) {
    strictEqual(isLoopback(address), true);
    for (const loopback of [false, true]) {
      const strict = { connectionsPerAddress: 0, failures: 1, namesPerHour: 0 };
      const { addresses } = visit({ ...strict, loopback });
      strictEqual(addresses.mayConnect(address), !loopback);
      strictEqual(addresses.registers(address), !loopback);
      strictEqual(addresses.failed(address) > 0, loopback);
      strictEqual(addresses.isBanned(address), loopback);
    }
  }
  for (const address of ["128.0.0.1", "1.127.0.0", "::1:1", "::10", "::ffff:12.7.0.1"]) {
    strictEqual(isLoopback(address), false);
  }
});

Deno.test("replies to failures are delayed from a quarter of the limit, doubling to 5 s", () => {
  const { addresses } = visit({ failures: 40 });
  const delays = Array.from({ length: 20 }, () => addresses.failed(ALICE));
  const growing = [100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000, 5000, 5000];
  deepStrictEqual(delays, [0, 0, 0, 0, 0, 0, 0, 0, 0, ...growing]);
  strictEqual(addresses.failed(BOB), 0);
});

Deno.test("a ban begins with the first failure over the limit, and expires", () => {
  const { addresses, clock } = visit({ failures: 40, banTime: 600_000 });
  fail(addresses, 39);
  strictEqual(addresses.isBanned(ALICE), false);
  fail(addresses, 1);
  strictEqual(addresses.isBanned(ALICE), true);
  strictEqual(addresses.isBanned(BOB), false);
  clock.now += 599_999;
  strictEqual(addresses.isBanned(ALICE), true);
  clock.now += 1;
  strictEqual(addresses.isBanned(ALICE), false);
  // By then 20 failures are forgotten, and the next one is no new ban.
  fail(addresses, 1);
  strictEqual(addresses.isBanned(ALICE), false);
  fail(addresses, 19);
  strictEqual(addresses.isBanned(ALICE), true);
});

Deno.test("one failure is forgotten every 30 s, so that few of them never lead to anything", () => {
  const { addresses, clock } = visit({ failures: 8 });
  strictEqual(fail(addresses, 3), 200);
  clock.now += 60_000;
  strictEqual(fail(addresses, 1), 100);
  clock.now += 15_000;
  strictEqual(fail(addresses, 1), 100);
  clock.now += 15_000;
  strictEqual(fail(addresses, 1), 200);
  clock.now += HOUR;
  for (let time = 0; time < 100; time++, clock.now += 30_000) strictEqual(fail(addresses, 1), 0);
  strictEqual(addresses.isBanned(ALICE), false);
});

Deno.test("each address registers as many names in an hour as the limit allows", () => {
  const { addresses, clock } = visit({ namesPerHour: 3 });
  const register = () => Array.from({ length: 4 }, () => addresses.registers(ALICE));
  deepStrictEqual(register(), [true, true, true, false]);
  strictEqual(addresses.registers(BOB), true);
  clock.now += HOUR - 1;
  strictEqual(addresses.registers(ALICE), false);
  clock.now += 1;
  deepStrictEqual(register(), [true, true, true, false]);
});

Deno.test("a name that was not registered after all can be registered by the same address", () => {
  const { addresses } = visit({ namesPerHour: 1 });
  addresses.didNotRegister(ALICE);
  for (let time = 0; time < 100; time++) {
    strictEqual(addresses.registers(ALICE), true);
    addresses.didNotRegister(ALICE);
  }
  deepStrictEqual([addresses.registers(ALICE), addresses.registers(ALICE)], [true, false]);
});

/** Different addresses: each `at` from 0 to 65,535 has its own. */
function addressOf(at: number): string {
  return `198.51.${at >> 8}.${at & 255}`;
}

Deno.test("10,000 addresses are stored; the one idle longest is removed first", () => {
  const { addresses } = visit({ namesPerHour: 1, connectionsPerAddress: 1 });
  const [first, second, third, connected] = [0, 1, 2, 3].map(addressOf);
  ok(first && second && third && connected);
  for (const address of [first, second, third]) addresses.registers(address);
  addresses.connected(connected);
  for (let at = 4; at < 10_000; at++) addresses.failed(addressOf(at));
  strictEqual(addresses.size, 10_000);
  // One more registration, and two new addresses.
  addresses.registers(first);
  addresses.failed(addressOf(10_000));
  addresses.failed(addressOf(10_001));
  strictEqual(addresses.size, 10_000);
  strictEqual(addresses.registers(first), false);
  strictEqual(addresses.registers(second), true);
  strictEqual(addresses.registers(third), true);
  for (let at = 20_000; at < 40_000; at++) addresses.failed(addressOf(at));
  strictEqual(addresses.size, 10_000);
  strictEqual(addresses.mayConnect(connected), false);
});

Deno.test("who holds a connection is never forgotten, not even when all others do too", () => {
  const { addresses } = visit({ connectionsPerAddress: 1 });
  const all = Array.from({ length: 10_050 }, (_, at) => addressOf(at));
  for (const address of all) addresses.connected(address);
  ok(all.every((address) => !addresses.mayConnect(address)));
  for (const address of all) addresses.left(address);
  ok(all.every((address) => addresses.mayConnect(address)));
  for (const address of all) addresses.connected(address);
  ok(all.slice(-100).every((address) => !addresses.mayConnect(address)));
});

const anyStep = fc.record({
  act: fc.constantFrom("connect", "leave", "fail", "fail", "fail", "register"),
  who: fc.constantFrom(0, 1, 2),
  /** Milliseconds since the step before. */
  after: fc.oneof(
    { weight: 8, arbitrary: fc.constant(0) },
    { weight: 2, arbitrary: fc.integer({ min: 1, max: 30_000 }) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 2 * HOUR }) },
  ),
});

Deno.test("whatever addresses do, each meets its own limits, and only who failed is banned", () => {
  const limits = { connectionsPerAddress: 3, failures: 8, banTime: 60_000, namesPerHour: 2 };
  fc.assert(fc.property(fc.array(anyStep, { maxLength: 150 }), (steps) => {
    const { addresses, clock } = visit(limits);
    const attempts = [0, 1, 2].map((who) => ({
      address: addressOf(who),
      connections: 0,
      failed: [] as number[],
      registered: [] as number[],
    }));
    const within = (times: readonly number[], span: number) =>
      times.filter((time) => clock.now - time < span).length;
    for (const { act, who, after } of steps) {
      clock.now += after;
      const own = attempts[who];
      if (own === undefined) continue;
      const { address } = own;
      if (act === "connect" && addresses.mayConnect(address)) {
        addresses.connected(address);
        own.connections += 1;
      } else if (act === "leave" && own.connections > 0) {
        addresses.left(address);
        own.connections -= 1;
      } else if (act === "fail") {
        const delay = addresses.failed(address);
        own.failed.push(clock.now);
        ok(delay >= 0 && delay <= 5_000);
        if (within(own.failed, HOUR) < 2) strictEqual(delay, 0);
      } else if (act === "register") {
        const recently = within(own.registered, HOUR);
        if (addresses.registers(address)) own.registered.push(clock.now);
        else ok(recently >= 2);
        // The hour is counted from its first name, so that two hours may meet.
        ok(recently <= 4);
      }
      for (const { address, connections, failed } of attempts) {
        strictEqual(addresses.mayConnect(address), connections < 3);
        if (addresses.isBanned(address)) ok(within(failed, 60_000) > 0 && failed.length >= 8);
        // Of these no more than one is forgotten.
        else ok(within(failed, 30_000) < 9);
      }
      strictEqual(addresses.size <= 3, true);
    }
  }));
});
