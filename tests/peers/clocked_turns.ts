/** Turns with a clock, rounds of the event loop and input that the test moves on. */

import { type Turn, Turns } from "../../server/listening/turns/turns.ts";

/** Turns whose time is `time.now`. */
export function begin() {
  const time = { now: 1_000, barriers: 0 };
  const rounds: (() => void)[] = [];
  const turns = new Turns({
    now: () => time.now,
    barrier: {
      passed: () => {
        time.barriers++;
        return Promise.resolve();
      },
    },
    later: (act) => void rounds.push(act),
  });
  return {
    turns,
    time,
    /** Lets the event loop go round until nothing is left to do. */
    async finishRounds() {
      for (;;) {
        for (let tasks = 0; tasks < 100; tasks++) await undefined;
        const round = rounds.shift();
        if (round === undefined) return;
        round();
      }
    },
  };
}

/** Work that takes `milliseconds` in parts of `part`, each part behind a `wait()`. */
export async function work(
  turn: Turn,
  time: { now: number },
  { milliseconds, part }: { readonly milliseconds: number; readonly part: number },
): Promise<number> {
  for (let done = 0; done < milliseconds; done += part) {
    if (!await turn.wait()) return -1;
    time.now += part;
  }
  return time.now;
}

/** Lets everything come to its end. */
export async function finishedAll(
  ends: readonly Promise<unknown>[],
  finishRounds: () => Promise<void>,
) {
  await finishRounds();
  await Promise.all(ends);
}
