/** Compares what two functions cost. */

/** Calls in one measurement: some milliseconds. */
const CALLS = 40;

/** Measurements, of which the shortest counts: others may have been interrupted. */
const ROUNDS = 7;

/** How many times as long one function takes as another, measured in turns. */
export function timesAsLong(one: () => unknown, other: () => unknown): number {
  let [least, leastOther] = [Infinity, Infinity];
  for (let round = 0; round < ROUNDS; round++) {
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
