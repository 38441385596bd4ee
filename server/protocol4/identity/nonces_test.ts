import { equal } from "node:assert/strict";
import { TestClock } from "../../../tests/peers/test_clock.ts";
import { NONCE_SIZE } from "../../../shared/protocol4/keys/signed_bytes.ts";
import type { SharedSecrets } from "../../storage/shared_secrets.ts";
import { NONCE_TIME, Nonces, sharedNonces } from "./nonces.ts";

Deno.test("a nonce is accepted once, for a minute, and takes no memory before", async () => {
  const clock = new TestClock();
  const nonces = new Nonces({ clock });
  const [first, second, third] = [nonces.make(), nonces.make(), nonces.make()];
  equal(nonces.size, 0);
  equal(await nonces.use(first), undefined);
  equal(await nonces.use(first), "nonce-used");
  clock.advance(NONCE_TIME);
  equal(await nonces.use(second), undefined);
  equal(await nonces.use(first), "nonce-used");
  clock.advance(1);
  equal(await nonces.use(first), "nonce-unknown");
  equal(await nonces.use(third), "nonce-unknown");
});

Deno.test("a nonce that was changed, cut or made by another server is not known", async () => {
  const clock = new TestClock();
  const nonces = new Nonces({ clock });
  const nonce = nonces.make();
  for (let at = 0; at < NONCE_SIZE; at++) {
    const changed = nonce.slice();
    changed[at] = (changed[at] ?? 0) ^ 1;
    equal(await nonces.use(changed), "nonce-unknown");
  }
  equal(await nonces.use(nonce.subarray(1)), "nonce-unknown");
  equal(await nonces.use(new Uint8Array()), "nonce-unknown");
  equal(await nonces.use(new Nonces({ clock }).make()), "nonce-unknown");
  equal(await nonces.use(nonce), undefined);
});

Deno.test("used nonces are remembered up to a limit, and none is forgotten early", async () => {
  const clock = new TestClock();
  const nonces = new Nonces({ clock, mostUsed: 2 });
  const [first, second] = [nonces.make(), nonces.make()];
  equal(await nonces.use(first), undefined);
  equal(await nonces.use(second), undefined);
  equal(await nonces.use(nonces.make()), "server-busy");
  equal(await nonces.use(first), "nonce-used");
  clock.advance(NONCE_TIME + 1);
  equal(await nonces.use(nonces.make()), undefined);
  equal(nonces.size, 1);
});

Deno.test("servers that share secrets accept each other's nonces, each once", async () => {
  const clock = new TestClock();
  const [kept, used] = [new Map<string, string>(), new Set<string>()];
  let ahead = 86_400_000;
  const shared: SharedSecrets = {
    kept: (name) => Promise.resolve(kept.get(name)),
    keep: (name, text) => {
      if (!kept.has(name)) kept.set(name, text);
      return Promise.resolve(kept.get(name) ?? text);
    },
    change: (name, from, to) => {
      const isThere = kept.get(name) === from;
      if (isThere) kept.set(name, to);
      return Promise.resolve(isThere);
    },
    useOnce: (what) => {
      const before = used.size;
      return Promise.resolve(used.add(what.toHex()).size > before);
    },
    date: () => new Date(1_000_000 + clock.now() + ahead),
  };
  const [one, other] = [
    new Nonces({ clock, shared: await sharedNonces(shared) }),
    new Nonces({ clock, shared: await sharedNonces(shared) }),
  ];
  // It would hold for a day once the clock is set right.
  const early = one.make();
  ahead = 0;
  equal(await other.use(early), "nonce-unknown");
  const [first, second] = [one.make(), one.make()];
  equal(await other.use(first), undefined);
  equal(await one.use(first), "nonce-used");
  clock.advance(NONCE_TIME + 1);
  equal(await other.use(second), "nonce-unknown");
  equal(await new Nonces({ clock }).use(one.make()), "nonce-unknown");
});
