import { deepEqual, equal, ok, throws } from "node:assert/strict";
import { ProblemError } from "../../../shared/protocol4/problem.ts";
import { CLIENT_ID_SIZE, type ClientId, clientIdOf } from "../../../shared/wire/client_id.ts";
import { type BatchSlot, BatchSlots } from "./batch_slots.ts";

function client(number: number): ClientId {
  return clientIdOf(new Uint8Array(CLIENT_ID_SIZE).fill(number));
}

/** Slots, all of which were taken: by `clients`, each with as many, and each over an address. */
function taken(clients: number, addressOf: (client: number) => string) {
  let now = 0;
  const slots = new BatchSlots({ now: () => now });
  const evicted: number[] = [];
  const acquire = (number: number, addressKey = addressOf(number)) => {
    const evict = () => void evicted.push(number);
    return slots.acquire({ clientId: client(number), addressKey, evict });
  };
  const all = Array.from({ length: 64 }, (_, at) => acquire(at % clients));
  const pass = (milliseconds: number) => {
    now += milliseconds;
  };
  /** Lets each batch move many bytes in each of some seconds. */
  const move = (seconds: number, which: readonly BatchSlot[] = all) => {
    for (let second = 0; second < seconds; second++) {
      pass(1_000);
      for (const slot of which) {
        slot.moved(100_000);
        slot.answered();
      }
    }
  };
  return { slots, acquire, all, evicted, pass, move };
}

Deno.test("a client with fewer batches gets a slot of the one with the most", () => {
  for (const address of ["the same", "another"]) {
    const { slots, acquire, evicted, move } = taken(8, () => "the same");
    move(5);
    for (let n = 0; n < 6; n++) acquire(99, address);
    equal(evicted.length, 6, address);
    equal(slots.size, 64);
    // The others have seven at the most: it would have as many as they.
    throws(() => [acquire(99, "the same"), acquire(99, "the same")], ProblemError);
  }
});

Deno.test("at first only a batch that stands still has to go, among as many of all", () => {
  const { slots, acquire, all, evicted, move } = taken(64, () => "the same");
  move(5);
  throws(() => acquire(99), ProblemError);
  move(6, all.filter((_, at) => at !== 7));
  throws(() => acquire(99), ProblemError);
  move(4, all.filter((_, at) => at !== 7));
  acquire(99);
  deepEqual(evicted, [7]);
  // It is gone already.
  all[7]?.[Symbol.dispose]();
  equal(slots.size, 64);
  all[8]?.[Symbol.dispose]();
  all[8]?.[Symbol.dispose]();
  equal(slots.size, 63);
  acquire(98);
});

Deno.test("who holds all slots with many names gives some to another address", () => {
  const { acquire, evicted, move } = taken(64, () => "the same");
  move(5);
  acquire(99, "another");
  equal(evicted.length, 1);
  throws(() => acquire(98), ProblemError);
  // None is evicted for an address that has more.
  move(20);
  acquire(0, "the same");
  deepEqual(evicted.includes(99), false);
});

Deno.test("who holds all slots with many names leaves them in turns to others behind it", () => {
  const { slots, acquire, all, evicted, move } = taken(64, () => "the same");
  move(60);
  const moving = [...all, acquire(99)];
  equal(evicted.length, 1);
  // The client that was evicted had slots for as long as all others, and asks often.
  const back = () => {
    try {
      for (const number of [...evicted]) moving.push(acquire(number));
    } catch (error) {
      ok(error instanceof ProblemError);
    }
  };
  for (let second = 0; second < 40; second++) {
    back();
    move(1, moving);
  }
  ok(evicted.length > 1);
  ok(!evicted.includes(99));
  equal(slots.size, 64);
});

Deno.test("who has to leave a slot in its turn has stored a file before", () => {
  const { acquire, all, evicted, pass } = taken(64, () => "the same");
  for (let second = 0; second < 60; second++) {
    pass(1_000);
    for (const slot of all) slot.moved(35_000);
    throws(() => acquire(99), ProblemError);
  }
  all[5]?.answered();
  acquire(99);
  deepEqual(evicted, [5]);
});

Deno.test("a client has eight batches, and many share the bytes before a commit", () => {
  const slots = new BatchSlots({ now: () => 0 });
  const acquire = (number: number) =>
    slots.acquire({ clientId: client(number), addressKey: `${number}`, evict() {} });
  const first = acquire(1);
  equal(first.commitBytes, 2 * 1024 ** 2);
  for (let n = 1; n < 8; n++) acquire(1);
  throws(() => acquire(1), ProblemError);
  for (let n = 0; n < 56; n++) acquire(2 + n % 8);
  equal(first.commitBytes, 512 * 1024);
});
