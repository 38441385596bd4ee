/** A file of so many bytes keeps a connection busy by itself; smaller ones share one. */
const LARGE = 1024 * 1024;

/** Small files that are worth a connection of their own: to make one costs as much as a few of them. */
const SMALL_FILES = 8;

/** Over how many connections files of these sizes, in bytes, are sent: at most so many, at least 1. */
export function lanesFor(sizes: readonly number[], most: number): number {
  const large = sizes.filter((size) => size >= LARGE).length;
  const small = Math.ceil((sizes.length - large) / SMALL_FILES);
  return Math.max(1, Math.min(most, large + small));
}

/**
 * Connections to use at the most where nobody said how many, on a machine with so many cores. More than
 * cores, because small files wait for the server's disk more than for a cipher. One where a server has
 * habits: such a one hardly expects a client to come several times at once.
 */
export function usualLanes(cores: number, { habits }: { readonly habits: boolean }): number {
  return habits ? 1 : Math.max(1, Math.min(16, 8 * cores));
}
