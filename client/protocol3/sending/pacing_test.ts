import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { Pacing } from "./packet_plan.ts";

const USUAL = { packetSize: undefined, packetDelay: 0 };

function pacesFor(pacing: Pacing, size: number) {
  pacing.begin(size);
  const paces = [];
  while (pacing.slowDown()) paces.push([pacing.pace.packetSize, pacing.pace.packetDelay]);
  return paces;
}

Deno.test("A pace is only tried for a file that it cuts otherwise", () => {
  const pacing = new Pacing(USUAL, { isGiven: false });
  deepStrictEqual(pacesFor(pacing, 1000), []);
  deepStrictEqual(pacesFor(pacing, 1024), [[1024, 2]]);
  deepStrictEqual(pacesFor(pacing, 65_537), [[7902, 5], [2048, 200], [1024, 2]]);
  // 512 s of pauses, and 1,024 packets of 2 ms.
  deepStrictEqual(pacesFor(pacing, 5 * 1024 * 1024), [[7902, 5], [1024, 2]]);
});

Deno.test("Packets of a pace are as large as the file needs, so that 65,535 are enough", () => {
  const pacing = new Pacing({ packetSize: 1024, packetDelay: 0 }, { isGiven: false });
  for (const size of [0, 64 * 1024 * 1024, 2 ** 32 - 300]) {
    pacing.begin(size);
    const packetSize = pacing.pace.packetSize ?? 0;
    ok(packetSize >= 1024 && Math.ceil((size + 16) / packetSize) <= 65_535, `${size}`);
  }
  strictEqual(new Pacing({ packetSize: 1, packetDelay: 0 }, { isGiven: true }).pace.packetSize, 1);
});

Deno.test("The pace that worked is kept for the next file, and one that did not is not", () => {
  const pacing = new Pacing(USUAL, { isGiven: false });
  pacing.begin(100_000);
  pacing.slowDown();
  pacing.begin(100_000);
  deepStrictEqual(pacing.pace, USUAL);
  pacing.slowDown();
  deepStrictEqual(pacing.worked(), { packetSize: 7902, packetDelay: 5 });
  pacing.begin(100_000);
  deepStrictEqual(pacing.pace, { packetSize: 7902, packetDelay: 5 });
});

Deno.test("A server that took a large file, or a given pace, is not slowed down", () => {
  const pacing = new Pacing(USUAL, { isGiven: false });
  pacing.begin(100_000);
  pacing.worked();
  deepStrictEqual(pacesFor(pacing, 100_000), []);
  deepStrictEqual(pacesFor(new Pacing(USUAL, { isGiven: true }), 100_000), []);
});
