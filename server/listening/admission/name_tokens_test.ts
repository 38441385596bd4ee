import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { TestClock } from "../../../tests/peers/test_clock.ts";
import { NAME_TOKENS, NameTokens, TOKEN_WAIT } from "./name_tokens.ts";

const ALICE = "192.0.2.1";
const MINUTE = 60_000;

/** Puts a clock forward in small steps, so that all that was waited for happens in its order. */
async function pass(clock: TestClock, milliseconds: number): Promise<void> {
  for (let step = 0; step < milliseconds; step += 100) {
    clock.advance(100);
    // What happens at once takes a few microtasks.
    for (let tick = 0; tick < 8; tick++) await Promise.resolve();
  }
}

Deno.test("128 connections ask for no more names than a person types", async () => {
  const clock = new TestClock();
  const tokens = new NameTokens({ clock });
  let names = 0;
  let asked = 0;
  let refused = 0;
  let over = false;
  const connections = Array.from({ length: 128 }, async () => {
    while (!over) {
      // Each name is taken, and the connection asks for the next one at once.
      if (await tokens.spend(ALICE, { name: `${names++}` })) asked += 1;
      else refused += 1;
    }
  });
  await pass(clock, 10 * MINUTE);
  over = true;
  await pass(clock, TOKEN_WAIT);
  await Promise.all(connections);
  const most = NAME_TOKENS.tokens + Math.ceil((10 * MINUTE + TOKEN_WAIT) / NAME_TOKENS.refill);
  ok(asked <= most, `${asked} names were asked for`);
  // Nor fewer: a token goes to one that waits as soon as it is there.
  ok(asked >= most - 2, `only ${asked} names were asked for`);
  // Each of them waits for a second before it is refused.
  ok(refused <= 128 * (10 * MINUTE / TOKEN_WAIT + 2), `${refused} were refused`);
});

Deno.test("40 registrations at once wait only for each other if names are free", async () => {
  const clock = new TestClock();
  const tokens = new NameTokens({ clock });
  let granted = 0;
  let names = 0;
  await Promise.all(Array.from({ length: 40 }, async () => {
    ok(await tokens.spend(ALICE, { name: `${names++}` }));
    // The catalog answers.
    await Promise.resolve();
    granted += 1;
    tokens.put(ALICE);
  }));
  strictEqual(granted, 40);
  strictEqual(clock.now(), new TestClock().now());
});

Deno.test("a refused name is answered after a second, and not before", async () => {
  const clock = new TestClock();
  const tokens = new NameTokens({ clock });
  for (let name = 0; name < NAME_TOKENS.tokens; name++) {
    ok(await tokens.spend(ALICE, { name: `${name}` }));
  }
  let answer: boolean | undefined;
  const asking = tokens.spend(ALICE, { name: "Bob" }).then((granted) => answer = granted);
  await pass(clock, TOKEN_WAIT - 100);
  strictEqual(answer, undefined);
  await pass(clock, 100);
  strictEqual(await asking, false);
});

Deno.test("addresses do not wait for each other, and 10,000 of them are kept", async () => {
  const tokens = new NameTokens({ clock: new TestClock() });
  const granted = [];
  for (let at = 0; at < 10_050; at++) granted.push(await tokens.spend(`${at}`, { name: "Bob" }));
  deepStrictEqual(new Set(granted), new Set([true]));
  strictEqual(tokens.size, 10_000);
});

Deno.test("who asks for a taken name on and on keeps nobody else from registering", async () => {
  const clock = new TestClock();
  const tokens = new NameTokens({ clock });
  const connections = Array.from({ length: 128 }, async () => {
    for (let time = 0; time < 100; time++) {
      if (await tokens.spend(ALICE, { name: "Alice" })) tokens.taken(ALICE, "Alice");
      await Promise.resolve();
    }
  });
  // Those that asked before the first of them was told wait for a second at most.
  await pass(clock, NAME_TOKENS.refill);
  await Promise.all(connections);
  const now = clock.now();
  ok(await tokens.spend(ALICE, { name: "Bob" }));
  strictEqual(clock.now(), now);
});

Deno.test("an address is told again of the last four names only without a token", async () => {
  const clock = new TestClock();
  const tokens = new NameTokens({ clock });
  for (let name = 0; name < NAME_TOKENS.tokens; name++) {
    ok(await tokens.spend(ALICE, { name: `${name}` }));
    tokens.taken(ALICE, `${name}`);
  }
  const last = NAME_TOKENS.tokens - 1;
  for (const name of [last, last - 3]) ok(await tokens.spend(ALICE, { name: `${name}` }));
  const older = tokens.spend(ALICE, { name: `${last - 4}` });
  await pass(clock, TOKEN_WAIT);
  strictEqual(await older, false);
});

Deno.test("a wait for a token ends at its signal, and the one behind it goes on", async () => {
  const clock = new TestClock();
  const tokens = new NameTokens({ clock });
  for (let name = 0; name < NAME_TOKENS.tokens; name++) {
    ok(await tokens.spend(ALICE, { name: `${name}` }));
  }
  const leaving = new AbortController();
  const ended = tokens.spend(ALICE, { name: "Carol", signal: leaving.signal });
  const behind = tokens.spend(ALICE, { name: "Dave" });
  leaving.abort();
  strictEqual(await ended, false);
  tokens.put(ALICE);
  strictEqual(await behind, true);
});
