/** Tries, of which the shortest counts: others may have been interrupted. */
const MOST_TRIES = 5;

/** Milliseconds that work takes at the least, which is done again while it takes `most` or more. */
export function leastTime(work: () => void, { most }: { readonly most: number }): number {
  let least = Infinity;
  for (let tries = 0; tries < MOST_TRIES && least >= most; tries++) {
    const begun = performance.now();
    work();
    least = Math.min(least, performance.now() - begun);
  }
  return least;
}
