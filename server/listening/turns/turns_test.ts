/** Turns with a clock, rounds of the event loop and input that the test moves on. */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { begin, finishedAll, work } from "../../../tests/peers/clocked_turns.ts";
import type { Turn } from "./turns.ts";

Deno.test("one connection works without a wait, and the others' input is asked for", async () => {
  const { turns, time, finishRounds } = begin();
  const end = work(turns.join("a"), time, { milliseconds: 20, part: 0.1 });
  await finishRounds();
  ok(Math.abs(await end - 1_020) < 1e-6);
  // A turn of a whole millisecond ends its slice.
  ok(time.barriers >= 15, `${time.barriers}`);
});

Deno.test("those that have little to do have the turn together, 64 equals at most", async () => {
  const { turns, time, finishRounds } = begin();
  const members = Array.from({ length: 100 }, () => turns.join("it"));
  const groups: number[] = [];
  for (const turn of members) {
    void (async () => {
      await turn.wait();
      groups.push(members.filter(({ held }) => held).length);
      time.now += 0.1;
    })();
  }
  await finishRounds();
  // The first one came before there was another.
  deepStrictEqual(groups, [1, ...Array(64).fill(64), ...Array(35).fill(35)]);
});

Deno.test("beside somebody who used less, 16 at most have the turn together", async () => {
  const { turns, time, finishRounds } = begin();
  const members = Array.from({ length: 40 }, () => turns.join("it"));
  await finishedAll(
    members.map((turn) => work(turn, time, { milliseconds: 3, part: 1 })),
    finishRounds,
  );
  // Their turns were long, and the newcomer ends that.
  const groups: number[] = [];
  for (const turn of [turns.join("other"), ...members]) {
    void (async () => {
      await turn.wait();
      groups.push(members.filter(({ held }) => held).length);
    })();
  }
  await finishRounds();
  strictEqual(Math.max(...groups), 16);
  strictEqual(groups.length, 41);
});

Deno.test("beside somebody who used less, input is asked for every 3 ms", async () => {
  for (const newcomer of [false, true]) {
    const { turns, time, finishRounds } = begin();
    const members = Array.from({ length: 40 }, () => turns.join("it"));
    const each = () => members.map((turn) => work(turn, time, { milliseconds: 0.6, part: 0.1 }));
    for (let count = 0; count < 8; count++) await finishedAll(each(), finishRounds);
    const ends = each();
    if (newcomer) ends.push(work(turns.join("it"), time, { milliseconds: 1, part: 0.1 }));
    await finishedAll(ends, finishRounds);
    time.barriers = 0;
    const begun = time.now;
    for (let count = 0; count < 8; count++) await finishedAll(each(), finishRounds);
    const apart = (time.now - begun) / time.barriers;
    ok(newcomer ? apart <= 5 : apart >= 8, `${apart} ms`);
  }
});

/** 40 equals, each with little to do, and how far apart questions for input are beside them. */
function equals() {
  const { turns, time, finishRounds } = begin();
  const members = Array.from({ length: 40 }, () => turns.join("it"));
  const rounds = async (count: number, other: () => Promise<unknown>[] = () => []) => {
    time.barriers = 0;
    const begun = time.now;
    for (let round = 0; round < count; round++) {
      const each = members.map((turn) => work(turn, time, { milliseconds: 0.6, part: 0.1 }));
      await finishedAll([...other(), ...each], finishRounds);
    }
    return (time.now - begun) / time.barriers;
  };
  return { turns, time, finishRounds, members, rounds };
}

Deno.test("one long part among equals makes slices short for a moment only", async () => {
  const { time, finishRounds, members: [, paused], rounds } = equals();
  ok(paused);
  await rounds(8);
  // As when the disk holds the program up.
  await finishedAll([work(paused, time, { milliseconds: 2.4, part: 1.2 })], finishRounds);
  const soon = await rounds(2);
  ok(soon <= 5, `${soon} ms`);
  // It has its next 16 turns alone.
  await rounds(22);
  const later = await rounds(8);
  ok(later >= 8, `${later} ms`);
});

Deno.test("one that used less makes slices short, although it has its turns alone", async () => {
  // Every fourth pick is of the one that waits longest.
  for (let picks = 0; picks < 4; picks++) {
    const { turns, time, finishRounds, rounds } = equals();
    const upload = turns.join("it");
    // By more than it may do in one turn it shows that it has much to do.
    await finishedAll([work(upload, time, { milliseconds: 1.2, part: 0.1 })], finishRounds);
    await rounds(60);
    const other = turns.join("it");
    for (let count = 0; count < picks; count++) {
      await finishedAll([work(other, time, { milliseconds: 0.1, part: 0.1 })], finishRounds);
    }
    await rounds(1, () => [work(upload, time, { milliseconds: 1.5, part: 0.1 })]);
    await rounds(8);
    const apart = await rounds(8);
    ok(apart <= 5, `${apart} ms after ${picks} picks`);
  }
});

Deno.test("those with much to do have turns alone, and each after the other", async () => {
  const { turns, time, finishRounds } = begin();
  const order: string[] = [];
  const members = ["a", "b", "c"].map((name) => ({ name, turn: turns.join(name) }));
  for (const { name, turn } of members) {
    void (async () => {
      for (let count = 0; count < 60; count++) {
        await turn.wait();
        const together = members.filter(({ turn }) => turn.held);
        if (together.length === 1 && order.at(-1) !== name) order.push(name);
        time.now += 0.2;
      }
    })();
  }
  await finishRounds();
  // After their first eight parts; five to six of them are a turn.
  ok(order.length >= 24, order.join(""));
  ok(!/(.).?\1/.test(order.slice(1, -2).join("")), order.join(""));
});

Deno.test("a connection is not together with those of an address that used more", async () => {
  const { turns, time, finishRounds } = begin();
  const greedy = Array.from({ length: 8 }, () => turns.join("greedy"));
  for (let count = 0; count < 20; count++) {
    const turn = async (turn: Turn) => await turn.wait() && (time.now += 0.5);
    await finishedAll(greedy.map(turn), finishRounds);
  }
  const [first, other] = [turns.join("first"), turns.join("other")];
  const held: boolean[] = [];
  const ends = [first, ...greedy, other].map(async (turn) => {
    await turn.wait();
    if (turn === other) held.push(...greedy.map(({ held }) => held));
  });
  await finishedAll(ends, finishRounds);
  deepStrictEqual(held, greedy.map(() => false));
});

Deno.test("a newcomer is served before 128 busy connections of another address", async () => {
  const { turns, time, finishRounds } = begin();
  const greedy = Array.from({ length: 128 }, () => turns.join("greedy"));
  const ends = greedy.map((turn) => work(turn, time, { milliseconds: 100, part: 1 }));
  const other = work(turns.join("other"), time, { milliseconds: 10, part: 1 });
  await finishRounds();
  // The first slice is a long one: no member has used anything yet.
  ok(await other - 1_000 <= 35, `${await other - 1_000} ms`);
  // None waits for ever.
  ok((await Promise.all(ends)).every((end) => end > 0));
});

Deno.test("a newcomer goes ahead of those of its own address that used more", async () => {
  const { turns, time, finishRounds } = begin();
  const work100 = { milliseconds: 100, part: 1 };
  const greedy = Array.from({ length: 64 }, () => work(turns.join("it"), time, work100));
  // Once the others have used some milliseconds each.
  const late = (async () => {
    const turn = turns.join("it");
    while (time.now < 2_000) await undefined;
    const begun = time.now;
    return await work(turn, time, { milliseconds: 10, part: 1 }) - begun;
  })();
  await finishRounds();
  // In the order of arrival it would be 640.
  ok(await late <= 100, `${await late} ms`);
  await Promise.all(greedy);
});

Deno.test("a pause of the program in somebody's turn does not put it behind others", async () => {
  const { turns, time, finishRounds } = begin();
  const busy = Array.from({ length: 16 }, () => turns.join("it"));
  const more = () => busy.map((turn) => work(turn, time, { milliseconds: 20, part: 1 }));
  await finishedAll(more(), finishRounds);
  const turn = turns.join("it");
  const late = (async () => {
    ok(await turn.wait());
    time.now += 500;
    const begun = time.now;
    return await work(turn, time, { milliseconds: 10, part: 1 }) - begun;
  })();
  const others = more();
  await finishRounds();
  // With what the clock says it would wait until the others have used as much: more than 300 ms.
  ok(await late <= 50, `${await late} ms`);
  await Promise.all(others);
});

Deno.test("what accepts connections goes ahead of those that used something", async () => {
  const { turns, time, finishRounds } = begin();
  const greedy = Array.from({ length: 64 }, (_, at) => turns.join(`greedy ${at % 8}`));
  const ends = greedy.map((turn) => work(turn, time, { milliseconds: 50, part: 1 }));
  // Each of them has used some milliseconds by then.
  const accepted = (async () => {
    const accepting = turns.joinAccepting();
    while (time.now < 1_500) await undefined;
    const begun = time.now;
    return await work(accepting, time, { milliseconds: 30, part: 1 }) - begun;
  })();
  await finishRounds();
  // Every fourth turn is of the one that waits longest.
  ok(await accepted <= 50, `${await accepted} ms`);
  await Promise.all(ends);
});

Deno.test("who waits for something else gives its turn to the next", async () => {
  const { turns, time, finishRounds } = begin();
  const [a, b] = [turns.join("a"), turns.join("b")];
  strictEqual(await a.wait(), true);
  let granted = false;
  void Promise.resolve(b.wait()).then(() => granted = true);
  // `a` does nothing that needs the thread, and time stands still.
  await finishRounds();
  deepStrictEqual([granted, a.held, time.now], [true, false, 1_000]);
});

Deno.test("a connection that leaves is refused its turn, and nobody waits behind it", async () => {
  const { turns, finishRounds } = begin();
  const [a, b, c] = [turns.join("x"), turns.join("x"), turns.join("y")];
  strictEqual(await a.wait(), true);
  const [late, next] = [b.wait(), c.wait()];
  b.leave();
  b.leave();
  strictEqual(await late, false);
  strictEqual(await b.wait(), false);
  a.leave();
  await finishRounds();
  strictEqual(await next, true);
});

Deno.test("an address is remembered after its connections, 10,000 at most", async () => {
  const { turns, time, finishRounds } = begin();
  const first = turns.join("greedy");
  const used = work(first, time, { milliseconds: 50, part: 1 });
  await finishRounds();
  await used;
  first.leave();
  const fresh = work(turns.join("fresh"), time, { milliseconds: 5, part: 1 });
  const again = work(turns.join("greedy"), time, { milliseconds: 5, part: 1 });
  await finishRounds();
  ok(await fresh < await again);
  for (let count = 0; count < 10_100; count++) turns.join(`address ${count}`).leave();
  ok(turns.addresses <= 10_002, `${turns.addresses}`);
});

Deno.test("what a connection's parts use counts for all of them", async () => {
  const { turns, time, finishRounds } = begin();
  const first = turns.join("it");
  const used = work(first, time, { milliseconds: 100, part: 1 });
  await finishRounds();
  await used;
  const later = work(first.fork(), time, { milliseconds: 20, part: 1 });
  const other = work(turns.join("it"), time, { milliseconds: 20, part: 1 });
  await finishRounds();
  // One without a part that used something would go on in turn with the other.
  ok(await other < await later, `${await other}, ${await later}`);
});

Deno.test("a connection with a hundred parts is in the queue once, by what it used", async () => {
  const { turns, time, finishRounds } = begin();
  const busy = turns.join("it");
  const parts = Array.from({ length: 100 }, () => busy.fork());
  // None has used anything when all of them begin to wait.
  const ends = parts.map((part) => work(part, time, { milliseconds: 4, part: 1 }));
  const begun = time.now;
  const other = work(turns.join("it"), time, { milliseconds: 4, part: 1 });
  await finishRounds();
  // Each part once in turn with the other would be a hundred milliseconds before its first turn.
  ok(await other - begun <= 40, `${await other - begun} ms`);
  await Promise.all(ends);
});

Deno.test("an address is remembered until the last part of its connections has left", () => {
  const { turns } = begin();
  const first = turns.join("it");
  const part = first.fork();
  first.leave();
  for (let count = 0; count < 10_100; count++) turns.join(`address ${count}`).leave();
  strictEqual(turns.addresses, 10_001);
  part.leave();
  strictEqual(turns.addresses, 10_000);
});

/** Turns behind whose slices the runtime works for `milliseconds` on what was passed on. */
