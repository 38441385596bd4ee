import { ok } from "node:assert/strict";
import { begin, finishedAll, work } from "../../../tests/peers/clocked_turns.ts";
import { Turns } from "./turns.ts";

function beginWithOutside(milliseconds: () => number) {
  const begun = begin();
  const passed = begun.time;
  const rounds: (() => void)[] = [];
  const turns = new Turns({
    now: () => passed.now,
    barrier: {
      passed: () => {
        passed.now += milliseconds();
        return Promise.resolve();
      },
    },
    later: (act) => void rounds.push(act),
  });
  const finishRounds = async () => {
    for (;;) {
      for (let tasks = 0; tasks < 100; tasks++) await undefined;
      const round = rounds.shift();
      if (round === undefined) return;
      round();
    }
  };
  return { turns, time: passed, finishRounds };
}

Deno.test("work on bytes that were passed on is charged to the one that passed them", async () => {
  let unpaid = 0;
  const { turns, time, finishRounds } = beginWithOutside(() => {
    const cost = unpaid;
    unpaid = 0;
    return cost;
  });
  const greedy = turns.join("greedy");
  const passes = (async () => {
    for (let count = 0; count < 50; count++) {
      await greedy.wait();
      // 64 KiB take 0.1 ms of its turn, and 4 ms outside of it.
      time.now += 0.1;
      unpaid += 4;
      greedy.passOn(65_536);
    }
  })();
  // Another one uses 20 ms in turns alone.
  const other = work(turns.join("other"), time, { milliseconds: 20, part: 0.1 });
  await finishedAll([passes, other], finishRounds);
  const [late, first] = [
    work(turns.join("greedy"), time, { milliseconds: 10, part: 1 }),
    work(turns.join("other"), time, { milliseconds: 10, part: 1 }),
  ];
  await finishRounds();
  ok(await first < await late, `${await first}, ${await late}`);
});

Deno.test("a slice passes no more on than it has time for, once the cost is known", async () => {
  let unpaid = 0;
  let most = 0;
  const { turns, time, finishRounds } = beginWithOutside(() => {
    most = Math.max(most, unpaid);
    const cost = unpaid;
    unpaid = 0;
    return cost;
  });
  const greedy = Array.from({ length: 32 }, () => turns.join("greedy"));
  const rounds = async (count: number) => {
    for (let round = 0; round < count; round++) {
      await finishedAll(
        greedy.map(async (turn) => {
          await turn.wait();
          time.now += 0.05;
          // Others of its cohort have passed something on by now.
          for (let granted = turn.wait(); granted !== true; granted = turn.wait()) await granted;
          unpaid += 4;
          turn.passOn(65_536);
        }),
        finishRounds,
      );
    }
  };
  await rounds(10);
  most = 0;
  await rounds(5);
  // A cohort of 16 would be 64 ms.
  ok(most <= 12, `${most} ms of work between two slices`);
});
