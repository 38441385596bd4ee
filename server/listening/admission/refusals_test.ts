import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { DEFAULT_LIMITS } from "../../settings/limit_settings.ts";
import { PeerAddresses } from "./peer_addresses.ts";

const ALICE = "192.0.2.1";
const MINUTE = 60_000;

function visit({ loopback = false } = {}) {
  const clock = { now: 7 };
  const limits = { ...DEFAULT_LIMITS, loopback };
  return { clock, addresses: new PeerAddresses({ limits, now: () => clock.now }) };
}

/** The delays of so many refusals of one connection, at one time. */
function delays(addresses: PeerAddresses, count: number, address = ALICE): readonly number[] {
  return Array.from({ length: count }, (_, at) => addresses.refused(address, at + 1));
}

Deno.test("three refusals of a connection cost nothing, the next ones up to a second", () => {
  const { addresses } = visit();
  deepStrictEqual(delays(addresses, 9), [0, 0, 0, 100, 200, 400, 800, 1_000, 1_000]);
});

Deno.test("twenty refusals of an address in a minute cost nothing, the next ones do", () => {
  const { addresses, clock } = visit();
  // Each over a connection of its own.
  const next = () => addresses.refused(ALICE, 1);
  for (let time = 0; time < 20; time++) strictEqual(next(), 0);
  deepStrictEqual(Array.from({ length: 6 }, next), [100, 200, 400, 800, 1_000, 1_000]);
  strictEqual(addresses.refused("192.0.2.2", 1), 0);
  // However many there were, they are forgotten soon, one after the other.
  for (let time = 0; time < 1_000; time++) next();
  clock.now += MINUTE + 20_000;
  strictEqual(next(), 0);
});

Deno.test("an honest class is never delayed: 20 refusals a minute for an hour", () => {
  const { addresses, clock } = visit();
  for (let time = 0; time < 20 * 60; time++, clock.now += MINUTE / 20) {
    strictEqual(addresses.refused(ALICE, 1), 0);
  }
});

Deno.test("addresses of one network share what is free, and this machine's own are exempt", () => {
  const { addresses } = visit();
  for (let time = 0; time < 20; time++) addresses.refused(`2001:db8::${time}`, 1);
  ok(addresses.refused("2001:db8::ffff", 1) > 0);
  deepStrictEqual(delays(addresses, 50, "127.0.0.1"), Array(50).fill(0));
  const strict = visit({ loopback: true }).addresses;
  ok(delays(strict, 50, "127.0.0.1").at(-1) === 1_000);
});
