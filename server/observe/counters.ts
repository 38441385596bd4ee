/**
 * Counts what was accepted, retried and refused, by name. Each part of the server declares the
 * names that it adds; they are made of fixed words only, never of what a client sent, so that their
 * number is bounded.
 */
export class Counters<in Name extends string> {
  readonly #counts = new Map<string, number>();

  /** Adds `by` to the counter of this name. */
  add(name: Name, by = 1): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + by);
  }

  /** Returns the value of a counter; 0 if nothing was counted. */
  value(name: Name): number {
    return this.#counts.get(name) ?? 0;
  }

  /** Returns all counters by name, in alphabetical order. */
  snapshot(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#counts].sort(([a], [b]) => a < b ? -1 : 1));
  }
}
