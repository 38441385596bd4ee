/** A clock, and what can be set by it. */
export interface Clock {
  /** The time in milliseconds since any moment; it never goes back. */
  readonly now: () => number;
  /** Calls `ring` after so many milliseconds, unless what it returns is called before. */
  readonly after: (milliseconds: number, ring: () => void) => () => void;
}

/** Resolves after so many milliseconds. */
export function pause(clock: Clock, milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    clock.after(milliseconds, resolve);
  });
}
