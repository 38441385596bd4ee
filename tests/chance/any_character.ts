import fc from "fast-check";

/** As the first and last half of a surrogate pair, which by itself is no character. */
const [FIRST_HALF, LAST_HALF] = [0xd800, 0xdfff];

/**
 * Any character, for `fc.string({ unit: ANY_CHARACTER })`; one in four is a printable one of ASCII.
 * The unit `binary` gives the same, but takes a second of processor time to be made.
 */
export const ANY_CHARACTER: fc.Arbitrary<string> = fc.oneof(
  fc.integer({ min: 0x20, max: 0x7e }),
  {
    weight: 3,
    arbitrary: fc.noBias(fc.integer({ min: 0, max: 0x10ffff }))
      .filter((code) => code < FIRST_HALF || code > LAST_HALF),
  },
).map((code) => String.fromCodePoint(code));
