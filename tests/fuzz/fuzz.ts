import { SeededRandom } from "../chance/seeded_random.ts";
import { mutated } from "./mutations.ts";
import { type TargetName, TARGETS } from "./targets/targets.ts";

/** An input, and all that is needed to take it in the same way again. */
export interface Case {
  /** What it was taken by. */
  readonly target: TargetName;
  /** The seed of all that is decided beside it. */
  readonly how: number;
  readonly input: Uint8Array;
}

/** An input with which a target failed. */
export class FuzzFailure extends Error {
  override readonly name = "FuzzFailure";
  readonly failed: Case;

  constructor(failed: Case, { seed, cause }: { readonly seed: number; readonly cause: unknown }) {
    const size = failed.input.byteLength;
    super(`The ${failed.target} did not bear an input of ${size} bytes; the seed is ${seed}`, {
      cause,
    });
    this.failed = failed;
  }
}

/**
 * Divides a number of inputs, made from a seed, among the targets. Throws a `FuzzFailure` at the
 * first input with which a target fails.
 */
export async function fuzz({ inputs, seed, onShare = () => {} }: {
  readonly inputs: number;
  readonly seed: number;
  /** Called after each target with the number of its inputs. */
  readonly onShare?: (target: TargetName, inputs: number) => void;
}): Promise<void> {
  for (const target of Object.keys(TARGETS) as TargetName[]) {
    const random = new SeededRandom(seed);
    const share = Math.ceil(inputs * TARGETS[target].share / 1000);
    for (let taken = 0; taken < share; taken++) {
      const how = random.next();
      const input = mutated(TARGETS[target].target.corpus, random.fork());
      const tried = { target, how, input };
      try {
        // What is done at once is not waited for: a turn of the event loop costs more than most
        // inputs.
        const taking = take(tried);
        if (taking !== undefined) await taking;
      } catch (cause) {
        throw new FuzzFailure(tried, { seed, cause });
      }
    }
    onShare(target, share);
  }
}

/** Has a case's target take it in, as often as one likes in the same way. */
export function take({ target, how, input }: Case): void | Promise<void> {
  return TARGETS[target].target.take(input.slice(), new SeededRandom(how));
}
