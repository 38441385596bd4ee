/** Compares what two functions cost. */

/** Calls in one measurement: some milliseconds. */
const CALLS = 40;

/**
 * Measurements, of which the shortest counts: others may have been interrupted. On a busy machine
 * nearly all are, so that there are more while it takes too long.
 */
const ROUNDS = { least: 7, most: 70 } as const;

/**
 * How many times as long one function takes as another, measured in turns, and again while it is
 * more than `most`.
 */
export function timesAsLong(
  one: () => unknown,
  other: () => unknown,
  { most }: { readonly most: number },
): number {
  let [least, leastOther] = [Infinity, Infinity];
  const isDue = (round: number) =>
    round < ROUNDS.least || least > most * leastOther && round < ROUNDS.most;
  for (let round = 0; isDue(round); round++) {
    least = Math.min(least, timeOf(one));
    leastOther = Math.min(leastOther, timeOf(other));
  }
  return least / leastOther;
}

function timeOf(act: () => unknown): number {
  const begin = performance.now();
  for (let call = 0; call < CALLS; call++) act();
  return performance.now() - begin;
}
