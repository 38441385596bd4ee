import { equal } from "node:assert/strict";
import { TestClock } from "../../../tests/peers/test_clock.ts";
import { NONCE_SIZE } from "../../../shared/protocol4/keys/signed_bytes.ts";
import { NONCE_TIME, Nonces } from "./nonces.ts";

Deno.test("a nonce is accepted once, for a minute, and takes no memory before", () => {
  const clock = new TestClock();
  const nonces = new Nonces({ clock });
  const [first, second, third] = [nonces.make(), nonces.make(), nonces.make()];
  equal(nonces.size, 0);
  equal(nonces.use(first), undefined);
  equal(nonces.use(first), "nonce-used");
  clock.advance(NONCE_TIME);
  equal(nonces.use(second), undefined);
  equal(nonces.use(first), "nonce-used");
  clock.advance(1);
  equal(nonces.use(first), "nonce-unknown");
  equal(nonces.use(third), "nonce-unknown");
});

Deno.test("a nonce that was changed, cut or made by another server is not known", () => {
  const clock = new TestClock();
  const nonces = new Nonces({ clock });
  const nonce = nonces.make();
  for (let at = 0; at < NONCE_SIZE; at++) {
    const changed = nonce.slice();
    changed[at] = (changed[at] ?? 0) ^ 1;
    equal(nonces.use(changed), "nonce-unknown");
  }
  equal(nonces.use(nonce.subarray(1)), "nonce-unknown");
  equal(nonces.use(new Uint8Array()), "nonce-unknown");
  equal(nonces.use(new Nonces({ clock }).make()), "nonce-unknown");
  equal(nonces.use(nonce), undefined);
});

Deno.test("used nonces are remembered up to a limit, and none is forgotten before its time", () => {
  const clock = new TestClock();
  const nonces = new Nonces({ clock, mostUsed: 2 });
  const [first, second] = [nonces.make(), nonces.make()];
  equal(nonces.use(first), undefined);
  equal(nonces.use(second), undefined);
  equal(nonces.use(nonces.make()), "server-busy");
  equal(nonces.use(first), "nonce-used");
  clock.advance(NONCE_TIME + 1);
  equal(nonces.use(nonces.make()), undefined);
  equal(nonces.size, 1);
});
