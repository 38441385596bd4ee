import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { begin, finishedAll, work } from "../../../tests/peers/clocked_turns.ts";
import type { Turn } from "./turns.ts";

Deno.test("who gives way waits behind others of its address, but not for ever", async () => {
  const { turns, time, finishRounds } = begin();
  const last: string[] = [];
  // As many turns, one after the other, in which nothing takes long.
  const rounds = async (turn: Turn, name: string) => {
    for (let count = 0; count < 40; count++) {
      if (!await turn.wait()) return;
      last.push(name);
      time.now += 1;
    }
  };
  const other = turns.join("it");
  const giving = Array.from({ length: 32 }, () => turns.join("it"));
  for (const turn of giving) turn.giveWay(2 ** 30);
  const ends = [...giving.map((turn) => rounds(turn, "giving")), rounds(other, "other")];
  await finishedAll(ends, finishRounds);
  const before = last.slice(0, last.lastIndexOf("other"));
  // Each of them would have as many turns as the other one.
  ok(before.length < 200, `${before.length}`);
  ok(before.includes("giving"));
  strictEqual(last.length, 40 * 33);
});

Deno.test("who gives way ends its turn, and waits as before once that is over", async () => {
  const { turns, time, finishRounds } = begin();
  const [first, next] = [turns.join("it"), turns.join("it")];
  strictEqual(await first.wait(), true);
  const granted = next.wait();
  first.giveWay(1_000);
  strictEqual(first.held, false);
  strictEqual(await granted, true);
  first.giveWay(0);
  next.leave();
  const used = work(turns.join("it"), time, { milliseconds: 100, part: 1 });
  const again = work(first, time, { milliseconds: 10, part: 1 });
  await finishRounds();
  ok(await again < await used - 50, `${await again}, ${await used}`);
});

Deno.test("who gives way does not share a turn with who goes first", async () => {
  const { turns, time, finishRounds } = begin();
  const busy = turns.join("it");
  strictEqual(await busy.wait(), true);
  const giving = Array.from({ length: 8 }, () => turns.join("it"));
  for (const turn of giving) turn.giveWay(32);
  const first = turns.join("it");
  const together: number[] = [];
  const ends = [...giving, first].map(async (turn) => {
    await turn.wait();
    if (turn === first) together.push(giving.filter(({ held }) => held).length);
    time.now += 0.1;
  });
  busy.leave();
  await finishedAll(ends, finishRounds);
  deepStrictEqual(together, [0]);
});

Deno.test("those that give way behind all take little time from many newcomers", async () => {
  const { turns, time, finishRounds } = begin();
  const giving = Array.from({ length: 32 }, () => turns.join("it"));
  for (const turn of giving) turn.giveWay(2 ** 30);
  // They are never without work, and use each turn up.
  const others = giving.map((turn) => work(turn, time, { milliseconds: 50, part: 1 }));
  const begun = time.now;
  // Each has little to do at once, as a request is.
  const newcomers = Array.from({ length: 16 }, async () => {
    for (let count = 0; count < 20; count++) {
      const turn = turns.join("it");
      await turn.wait();
      time.now += 0.1;
      turn.leave();
    }
    return time.now - begun;
  });
  await finishRounds();
  const taken = Math.max(...await Promise.all(newcomers));
  // 32 ms of their own; with each fourth turn of those that give way it was 140.
  ok(taken <= 64, `${taken} ms`);
  await Promise.all(others);
});
