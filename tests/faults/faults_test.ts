import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { SeededRandom } from "../chance/seeded_random.ts";
import {
  cuts,
  cutsWithoutRetries,
  flips,
  playAll,
  type Session,
  SESSIONS,
  type Spacing,
} from "./fault_trials.ts";
import { transcriptOf } from "./transcript.ts";
import { play, type Trial } from "./trial.ts";

/** Bytes between two faults, for each kind: `deno task faults` leaves none out. */
const STRIDES = { cut: 23, cutWithoutRetries: 97, flip: 29 } as const;

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

  Deno.test(`${name}, cut off at offsets all along, are done again by the client, and end well`, async () => {
    await playEvery(STRIDES.cut, (spacing) => cuts(session, spacing));
  });

  Deno.test(`${name}, cut off at offsets all along, fail by name without retries, and end well next time`, async () => {
    await playEvery(
      STRIDES.cutWithoutRetries,
      (spacing) => cutsWithoutRetries(session, spacing),
    );
  });

  Deno.test(`${name} with a bit turned over never leave a wrong file, and end well next time`, async () => {
    await playEvery(STRIDES.flip, (spacing) => flips(session, spacing));
  });
}

Deno.test("a cut amid the reply to a registration costs the name, and says so", async () => {
  const trial = { ...cut(SESSIONS["a registration and a file"], "toClient"), restarts: 1 };
  const { ends, nameLost } = await play(trial);
  deepStrictEqual(ends, ["name-taken", "name-taken"]);
  strictEqual(nameLost, true);
});

async function playEvery(
  stride: number,
  trials: (spacing: Spacing) => readonly Trial[],
): Promise<void> {
  const random = new SeededRandom();
  const counts = await playAll(trials({ stride, random }));
  ok([...counts.keys()].some((ends) => ends.endsWith("sent")));
}

function cut(session: Session | undefined, direction: "toServer" | "toClient"): Trial {
  ok(session);
  const fault = { direction, after: 10, deed: "cut" } as const;
  return { ...session, fault, retries: 3, restarts: 0, timeout: 30_000 };
}
