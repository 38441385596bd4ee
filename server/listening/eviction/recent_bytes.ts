/**
 * Milliseconds after which a byte counts half. Of a byte of ten seconds ago a tenth is left, so
 * that the sum is about that of the last ten seconds.
 */
const HALF_LIFE = 3_000;

/**
 * A sum of bytes in which older ones count less.
 *
 * It is kept as the logarithm of a sum in which younger bytes count more, from a fixed moment on:
 * so the order of two sums does not change with time, and a heap of them stays in order.
 */
export class RecentBytes {
  /** The logarithm; minus infinity before the first byte. It only grows. */
  level = -Infinity;

  /** Adds bytes, at a time in milliseconds. */
  add(bytes: number, time: number): void {
    // Otherwise the first one would make the level no number.
    if (bytes <= 0) return;
    const added = Math.log2(bytes) + time / HALF_LIFE;
    const most = Math.max(this.level, added);
    this.level = most + Math.log2(1 + 2 ** (Math.min(this.level, added) - most));
  }

  /** Returns the sum at a time in milliseconds. */
  at(time: number): number {
    return 2 ** (this.level - time / HALF_LIFE);
  }

  /** Returns the sum of who moves so many bytes in a second, after so many milliseconds. */
  static ofRate(perSecond: number, milliseconds: number): number {
    const always = perSecond * HALF_LIFE / 1_000 / Math.LN2;
    return always * (1 - 2 ** (-milliseconds / HALF_LIFE));
  }
}
