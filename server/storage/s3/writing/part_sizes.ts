const MIB = 1024 ** 2;

/**
 * Bytes of parts, up to which number. A store takes 10,000 parts, of 5 MiB at least. They are whole
 * blocks of 1 MiB, so that each leaf is of one part, and in memory while they are sent.
 */
const SIZES: readonly (readonly [size: number, last: number])[] = [
  [8 * MIB, 1_000],
  [16 * MIB, 3_000],
  [64 * MIB, 10_000],
];

/** The most bytes of an object: 7.8 GiB in the smallest parts, 31 GiB and 437 GiB in others. */
export const LARGEST_OBJECT: number = SIZES.reduce(
  ({ bytes, before }, [size, last]) => ({ bytes: bytes + size * (last - before), before: last }),
  { bytes: 0, before: 0 },
).bytes;

/** Bytes of the part with this number, from 1, unless it is the last. */
export function partSize(number: number): number {
  const [size] = SIZES.find(([, last]) => number <= last) ?? [0];
  return size;
}
