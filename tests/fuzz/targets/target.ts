import type { SeededRandom } from "../../chance/seeded_random.ts";
import type { Corpus } from "../mutations.ts";

/** Something that must not fail at whatever bytes. */
export interface Target {
  /** What mutations start from. */
  readonly corpus: Corpus;
  /**
   * Takes in the input in some way that `how` decides, and in all else is the same for the same.
   * Throws when anything does not hold that has to hold for every input.
   */
  readonly take: (input: Uint8Array, how: SeededRandom) => void | Promise<void>;
}

/**
 * Sizes of pieces that a stream may come in: a few that are small, each of which takes its time,
 * and larger ones.
 */
export function pieceSizes(how: SeededRandom): readonly number[] {
  const small = how.oneIn(4) ? 1 + how.below(30) : how.below(3);
  const most = how.pick([60, 300, 1_500]);
  return [
    ...Array.from({ length: small }, () => 1 + how.below(3)),
    ...Array.from({ length: 1 + how.below(4) }, () => most / 4 + how.below(most)),
  ];
}
