import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";

import { sqliteAddresses } from "../../../tests/engines/sqlite_addresses.ts";
import { TestClock } from "../../../tests/peers/test_clock.ts";
import { DEFAULT_LIMITS } from "../../settings/limit_settings.ts";
import type { AddressChange, AddressRecords } from "../../storage/address_records.ts";
import { StorageError } from "../../storage/storage_error.ts";
import { AddressExchange } from "./address_exchange.ts";
import { PeerAddresses } from "./peer_addresses.ts";

const ALICE = "192.0.2.1";
const BOB = "2001:db8:1:2::9";
const { failures: MOST, banTime, namesPerHour } = DEFAULT_LIMITS;
const HOUR = 3_600_000;

/** A server's counts, with what it logs. */
interface Server {
  readonly addresses: PeerAddresses;
  readonly bans: (readonly [address: string, milliseconds: number])[];
  /** Tells and learns, as is done once a second. */
  readonly exchange: () => Promise<void>;
}

function test(
  sentence: string,
  work: (tested: { readonly clock: TestClock; readonly server: () => Server }) => Promise<void>,
): void {
  Deno.test(sentence, async () => {
    const clock = new TestClock();
    await using shared = await sqliteAddresses(clock);
    const server = () => {
      const { addresses, bans } = counts(clock);
      const records = shared.server();
      const exchange = async () =>
        addresses.learn(await records.exchange(addresses.tell(), addresses.rules));
      return { addresses, bans, exchange };
    };
    await work({ clock, server });
  });
}

function counts(clock: TestClock): Pick<Server, "addresses" | "bans"> {
  const bans: Server["bans"] = [];
  const onBan = (address: string, time: number) => void bans.push([address, time]);
  const { now } = clock;
  return {
    bans,
    addresses: new PeerAddresses({ limits: DEFAULT_LIMITS, now, onBan, isShared: true }),
  };
}

function fail(addresses: PeerAddresses, address: string, times: number): void {
  for (let time = 0; time < times; time++) addresses.failed(address);
}

test("an address that one server bans is banned at the others, for as long", async (tested) => {
  const { clock, server } = tested;
  const [one, other] = [server(), server()];
  for (const address of [ALICE, BOB]) fail(one.addresses, address, MOST);
  clock.advance(1_000);
  await one.exchange();
  await other.exchange();
  strictEqual(other.addresses.isBanned(ALICE), true);
  strictEqual(other.addresses.isBanned("2001:db8:1:2::7"), true);
  strictEqual(other.addresses.isBanned("2001:db8:1:3::9"), false);
  deepStrictEqual(other.bans.toSorted(), [[ALICE, banTime], ["2001:db8:1:2::/64", banTime]]);
  // Learned a second time, it is not counted as another ban.
  await one.exchange();
  await other.exchange();
  strictEqual(other.bans.length, 2);
  // As is one that has just started.
  const third = server();
  await third.exchange();
  strictEqual(third.addresses.isBanned(ALICE), true);
  clock.advance(banTime);
  for (const { addresses } of [one, other, third]) strictEqual(addresses.isBanned(ALICE), false);
});

test("failures at two servers count together, and each once", async ({ clock, server }) => {
  const [one, other] = [server(), server()];
  const half = Math.floor(MOST / 2);
  fail(one.addresses, ALICE, half);
  fail(other.addresses, ALICE, MOST - half - 1);
  for (let time = 0; time < 3; time++) {
    await Promise.all([one.exchange(), other.exchange()]);
  }
  for (const { addresses } of [one, other]) strictEqual(addresses.isBanned(ALICE), false);
  fail(other.addresses, ALICE, 1);
  strictEqual(other.addresses.isBanned(ALICE), true);
  strictEqual(one.addresses.isBanned(ALICE), false);
  await other.exchange();
  await one.exchange();
  strictEqual(one.addresses.isBanned(ALICE), true);
  // They are forgotten one by one, as at one server.
  clock.advance(banTime);
  const third = server();
  await third.exchange();
  fail(third.addresses, ALICE, Math.floor(banTime / 30_000) - 1);
  strictEqual(third.addresses.isBanned(ALICE), false);
});

test("failures that are too many only together ban, too", async ({ server }) => {
  const [one, other] = [server(), server()];
  fail(one.addresses, ALICE, MOST - 1);
  fail(other.addresses, ALICE, 1);
  await one.exchange();
  await other.exchange();
  await one.exchange();
  for (const { addresses, bans } of [one, other]) {
    strictEqual(addresses.isBanned(ALICE), true);
    deepStrictEqual(bans, [[ALICE, banTime]]);
  }
});

test("registrations at two servers count together for an hour", async ({ clock, server }) => {
  const [one, other] = [server(), server()];
  for (let name = 0; name < namesPerHour; name++) {
    const at = name % 2 === 0 ? one : other;
    strictEqual(at.addresses.registers(ALICE), true);
    // One that failed does not count.
    strictEqual(at.addresses.registers(BOB), true);
    at.addresses.didNotRegister(BOB);
    if (name % 10 === 9) { for (const server of [one, other]) await server.exchange(); }
  }
  for (const server of [one, other, one]) await server.exchange();
  for (const { addresses } of [one, other]) {
    strictEqual(addresses.registers(ALICE), false);
    strictEqual(addresses.registers(BOB), true);
  }
  clock.advance(HOUR);
  for (const server of [one, other, one]) await server.exchange();
  for (const { addresses } of [one, other]) strictEqual(addresses.registers(ALICE), true);
});

test("addresses without limits are not passed on to other servers", ({ server }) => {
  const { addresses } = server();
  fail(addresses, "127.0.0.1", MOST);
  addresses.registers("::1");
  deepStrictEqual(addresses.tell(), []);
  return Promise.resolve();
});

Deno.test("while the database is away a server counts by itself, and tells it later", async () => {
  const clock = new TestClock();
  const { addresses } = counts(clock);
  const told: (readonly AddressChange[])[] = [];
  const asked = Promise.withResolvers<void>();
  let answer = Promise.withResolvers<never>();
  let next = Promise.withResolvers<void>();
  const records: AddressRecords = {
    exchange(changes) {
      told.push(changes);
      asked.resolve();
      next.resolve();
      next = Promise.withResolvers();
      return answer.promise;
    },
  };
  const exchange = new AddressExchange({ addresses, records, clock });
  await asked.promise;
  fail(addresses, ALICE, MOST);
  // No connection waits for the answer.
  strictEqual(addresses.isBanned(ALICE), true);
  for (const reason of ["database-unreachable", "database-busy", "outcome-unknown"] as const) {
    const again = next.promise;
    const before = answer;
    answer = Promise.withResolvers();
    before.reject(new StorageError(reason, "It is away"));
    await clock.waitedFor(1_000);
    clock.advance(1_000);
    await again;
  }
  const failures = told.map((changes) => changes[0]?.failures);
  // What may have been told is not told again.
  deepStrictEqual(failures, [undefined, MOST, MOST, undefined]);
  ok(addresses.isBanned(ALICE));
  answer.reject(new StorageError("database-unreachable", "It is away"));
  await exchange[Symbol.asyncDispose]();
});

Deno.test("the end of a server waits for no exchange that is not due", async () => {
  const clock = new TestClock();
  const { addresses } = counts(clock);
  let told = 0;
  const records: AddressRecords = { exchange: () => Promise.resolve((told++, [])) };
  const exchange = new AddressExchange({ addresses, records, clock });
  await clock.waitedFor(1_000);
  await exchange[Symbol.asyncDispose]();
  strictEqual(told, 2);
});
