import { equal } from "node:assert/strict";
import { AskedNonces, NONCES_OF_ADDRESS } from "./asked_nonces.ts";

Deno.test("an address is given 20 nonces at once, then one in 3 s, and others theirs", () => {
  let now = 0;
  const asked = new AskedNonces({ now: () => now });
  for (let n = 0; n < NONCES_OF_ADDRESS.tokens; n++) equal(asked.spend("192.0.2.1"), 0);
  equal(asked.spend("192.0.2.1"), 3_000);
  equal(asked.spend("192.0.2.2"), 0);
  now += 2_999;
  equal(asked.spend("192.0.2.1"), 1);
  now += 1;
  equal(asked.spend("192.0.2.1"), 0);
  equal(asked.spend("192.0.2.1"), 3_000);
});

Deno.test("at most 10,000 addresses are remembered", () => {
  const asked = new AskedNonces({ now: () => 0 });
  for (let n = 0; n < 10_100; n++) asked.spend(`${n}`);
  equal(asked.size, 10_000);
});
