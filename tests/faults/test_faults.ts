import { deepStrictEqual, ok } from "node:assert/strict";
import { SeededRandom } from "../chance/seeded_random.ts";
import {
  cuts,
  cutsWithoutRetries,
  flips,
  playAll,
  SESSIONS,
  type Spacing,
} from "./fault_trials.ts";
import { transcriptOf } from "./transcript.ts";
import { play, type Trial } from "./trial.ts";

/** Bytes between two faults, for each kind. */
export interface Strides {
  /** As `Spacing.oneIn`. */
  readonly oneIn: number;
  readonly cut: number;
  readonly cutWithoutRetries: number;
  readonly flip: number;
}

/**
 * Declares tests of sessions with faults so far apart, each kind of session and of fault by itself.
 */
export function testFaults({ oneIn, ...strides }: Strides): void {
  for (const [name, session] of Object.entries(SESSIONS)) {
    Deno.test(`${name} that nothing happens to go as the transcript says`, async () => {
      const outcome = await play({ ...session, retries: 0, restarts: 0, timeout: 30_000 });
      const { toServer, toClient } = transcriptOf(session);
      deepStrictEqual(outcome, {
        ends: ["sent"],
        passed: [{ toServer: toServer.at(-1), toClient: toClient.at(-1) }],
        struck: false,
        nameLost: false,
        kept: 1,
      });
    });

    Deno.test(`${name}, cut at many offsets, are repeated by the client`, async () => {
      await playEvery({ stride: strides.cut, oneIn }, (spacing) => cuts(session, spacing));
    });

    Deno.test(`${name}, cut at many offsets, fail by name without retries`, async () => {
      await playEvery(
        { stride: strides.cutWithoutRetries, oneIn },
        (spacing) => cutsWithoutRetries(session, spacing),
      );
    });

    Deno.test(`${name} with an inverted bit leave no wrong file`, async () => {
      await playEvery({ stride: strides.flip, oneIn }, (spacing) => flips(session, spacing));
    });
  }
}

async function playEvery(
  distance: Omit<Spacing, "random">,
  trials: (spacing: Spacing) => readonly Trial[],
): Promise<void> {
  const random = new SeededRandom();
  const counts = await playAll(trials({ ...distance, random }));
  ok([...counts.keys()].some((ends) => ends.endsWith("sent")));
}
