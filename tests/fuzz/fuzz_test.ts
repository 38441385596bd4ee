import { randomSeed } from "../chance/seeded_random.ts";
import { keptCases } from "./cases.ts";
import { fuzz, take } from "./fuzz.ts";

/**
 * How many inputs are tried here: a million in tests/long/, as many as one likes by `deno task
 * fuzz`.
 */
const INPUTS = 10_000;

/** Ways in which a kept case is tried beside its own: what seeds mean changes with the tests. */
const WAYS = 100;

Deno.test(`${INPUTS} random transcripts break neither parsers nor conversation`, async () => {
  await fuzz({ inputs: INPUTS, seed: randomSeed() });
});

for (const kept of await keptCases()) {
  Deno.test(`${kept.name} is borne: ${kept.about}`, async () => {
    await take(kept);
    for (let way = 0; way < WAYS; way++) await take({ ...kept, how: way });
  });
}
