import { deepEqual, equal, throws } from "node:assert/strict";
import { ProblemError } from "../../../shared/protocol4/problem.ts";
import { CLIENT_ID_SIZE, type ClientId, clientIdOf } from "../../../shared/wire/client_id.ts";
import { BatchSlots } from "./batch_slots.ts";

function client(number: number): ClientId {
  return clientIdOf(new Uint8Array(CLIENT_ID_SIZE).fill(number));
}

/** Slots, all of which were taken: by `clients`, each with as many, and each over an address. */
function taken(clients: number, addressOf: (client: number) => string) {
  let now = 0;
  const slots = new BatchSlots({ now: () => now });
  const evicted: number[] = [];
  const take = (number: number, addressKey = addressOf(number)) => {
    const evict = () => void evicted.push(number);
    return slots.take({ clientId: client(number), addressKey, evict });
  };
  const all = Array.from({ length: 64 }, (_, at) => take(at % clients));
  const pass = (milliseconds: number) => {
    now += milliseconds;
  };
  /** Each batch brings so many bytes in each of some seconds. */
  const move = (bytes: number) => {
    for (let second = 0; second < 20; second++) {
      pass(1_000);
      for (const slot of all) slot.moved(bytes);
    }
  };
  return { slots, take, all, evicted, pass, move };
}

Deno.test("a client with fewer batches gets a slot of the one with the most", () => {
  for (const address of ["the same", "another"]) {
    const { slots, take, evicted, move } = taken(8, () => "the same");
    move(100_000);
    for (let n = 0; n < 6; n++) take(99, address);
    equal(evicted.length, 6, address);
    equal(slots.size, 64);
    // The others have seven at the most: it would have as many as they.
    throws(() => [take(99, "the same"), take(99, "the same")], ProblemError);
  }
});

Deno.test("among as many of all, only a batch that stands still has to go", () => {
  const { slots, take, all, evicted, pass, move } = taken(64, () => "the same");
  move(100_000);
  throws(() => take(99), ProblemError);
  pass(10_000);
  for (const [at, slot] of all.entries()) if (at !== 7) slot.moved(100_000);
  take(99);
  deepEqual(evicted, [7]);
  throws(() => take(98), ProblemError);
  // It is gone already.
  all[7]?.[Symbol.dispose]();
  equal(slots.size, 64);
  all[8]?.[Symbol.dispose]();
  all[8]?.[Symbol.dispose]();
  equal(slots.size, 63);
  take(98);
});

Deno.test("who holds all slots with many names gives some to another address", () => {
  const { take, evicted, move } = taken(64, () => "the same");
  move(100_000);
  take(99, "another");
  equal(evicted.length, 1);
  throws(() => take(98), ProblemError);
});

Deno.test("a client has eight batches, and many share the bytes before a commit", () => {
  const slots = new BatchSlots({ now: () => 0 });
  const take = (number: number) =>
    slots.take({ clientId: client(number), addressKey: `${number}`, evict() {} });
  const first = take(1);
  equal(first.commitBytes, 2 * 1024 ** 2);
  for (let n = 1; n < 8; n++) take(1);
  throws(() => take(1), ProblemError);
  for (let n = 0; n < 56; n++) take(2 + n % 8);
  equal(first.commitBytes, 512 * 1024);
});
