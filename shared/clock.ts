/** A clock with deadlines. */
export interface Clock {
  /** The time in milliseconds since an arbitrary moment; it never goes back. */
  readonly now: () => number;
  /** Calls `ring` after `milliseconds`, unless the returned function is called before. */
  readonly after: (milliseconds: number, ring: () => void) => () => void;
}

/** Resolves after `milliseconds`. */
export function pause(clock: Clock, milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    clock.after(milliseconds, resolve);
  });
}
