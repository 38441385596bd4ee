/** The time, and deadlines by it. */
export interface Clock {
  /** The time in milliseconds since an arbitrary moment; it never goes back. */
  readonly now: () => number;
  /** The date and time of day, which may be set forward or back. */
  readonly date: () => Date;
  /** Calls `ring` after `milliseconds`, unless the returned function is called before. */
  readonly after: (milliseconds: number, ring: () => void) => () => void;
}

/** Resolves after `milliseconds`. */
export function pause(clock: Clock, milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    clock.after(milliseconds, resolve);
  });
}
