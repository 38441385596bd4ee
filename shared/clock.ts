/** The time, and deadlines by it. */
export interface Clock {
  /** The time in milliseconds since an arbitrary moment; it never goes back. */
  readonly now: () => number;
  /** The date and time of day, which may be set forward or back. */
  readonly date: () => Date;
  /** Calls `ring` after `milliseconds`, unless the returned function is called before. */
  readonly after: (milliseconds: number, ring: () => void) => () => void;
}

/** Resolves after `milliseconds`, or when `signal` is aborted. */
export function pause(
  clock: Pick<Clock, "after">,
  milliseconds: number,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<void> {
  if (signal?.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      cancel();
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const cancel = clock.after(milliseconds, done);
    signal?.addEventListener("abort", done);
  });
}
