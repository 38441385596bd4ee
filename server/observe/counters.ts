/**
 * Counts what was accepted, retried and refused, by name. Names are made of fixed words only, never
 * of what a client sent, so that there can only be so many of them.
 */
export class Counters {
  readonly #counts = new Map<string, number>();

  /** Adds one (or `by`) to the counter of this name. */
  add(name: string, by = 1): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + by);
  }

  /** The value of one counter; 0 when nothing was counted. */
  value(name: string): number {
    return this.#counts.get(name) ?? 0;
  }

  /** All counters by name, in alphabetical order. */
  snapshot(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#counts].sort(([a], [b]) => a < b ? -1 : 1));
  }
}
