import assert from "node:assert/strict";
import { join } from "node:path";

import { SMALL_CONTENTS } from "../../contents/contents.ts";
import { temporaryFolder } from "../../../../tests/peers/temporary_folder.ts";
import { bytes, failsWith } from "../../../../tests/storage/trees_under_test.ts";
import { Flights } from "./flights.ts";
import { LARGEST_OBJECT, partSize } from "./part_sizes.ts";
import { Spool } from "./spool.ts";

Deno.test("Spool has a file for large bytes alone, and sweeps what a crash has left", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "spool");
  const spool = await Spool.open(path);
  if (Deno.build.os !== "windows") assert.equal((Deno.statSync(path).mode ?? 0) & 0o777, 0o700);
  const [small, large] = [spool.spooled(), spool.spooled()];
  const content = bytes(SMALL_CONTENTS + 7);
  await small.write(content.subarray(0, 10));
  await large.write(content.subarray(0, 10));
  await large.write(content.subarray(10));
  const files = () => [...Deno.readDirSync(path)].map(({ name }) => name);
  assert.equal(files().length, 1);
  const read = new Uint8Array(content.length);
  await large.read(read);
  assert.deepEqual(read, content);
  await small.read(read.subarray(0, 10));
  assert.deepEqual(read, content);
  await large.remove();
  await large.remove();
  assert.deepEqual(files(), []);
  const left = spool.spooled();
  await left.write(content);
  await Deno.writeTextFile(join(path, "notes.txt"), "not of a spool");
  await Spool.open(path);
  assert.deepEqual(files(), ["notes.txt"]);
  await assert.rejects(left.remove());
  await failsWith(Spool.open(join(path, "notes.txt")), "disk-failed");
});

Deno.test("Flights lets so many go at once, in order, with memory that is used again", async () => {
  const flights = new Flights(2);
  const order: number[] = [];
  const ends = [0, 1, 2, 3].map(() => Promise.withResolvers<void>());
  const buffers = new Set<ArrayBuffer>();
  const all = ends.map(({ promise }, n) =>
    flights.run(10, async (buffer) => {
      order.push(n);
      buffers.add(buffer.buffer);
      assert.equal(buffer.length, 10);
      await promise;
      if (n === 2) throw new Error("this one fails");
    })
  );
  const settled = Promise.allSettled(all);
  assert.deepEqual(order, [0, 1]);
  ends[1]?.resolve();
  await all[1];
  ends[2]?.resolve();
  await assert.rejects(all[2] ?? Promise.resolve());
  ends[3]?.resolve();
  await all[3];
  assert.deepEqual(order, [0, 1, 2, 3]);
  ends[0]?.resolve();
  await settled;
  assert.equal(buffers.size, 2);
});

Deno.test("partSize() is whole blocks that a store takes, and 10,000 of them", () => {
  let sum = 0;
  for (let number = 1; partSize(number) > 0; number++) {
    sum += partSize(number);
    assert(partSize(number) >= 5 * 1024 ** 2 && partSize(number) % 1024 ** 2 === 0);
    assert(number <= 10_000);
  }
  assert.equal(sum, LARGEST_OBJECT);
});
