import { randomSeed } from "../../chance/seeded_random.ts";
import { fuzz } from "../../fuzz/fuzz.ts";

const INPUTS = 1_000_000;

Deno.test(`${INPUTS} random transcripts break neither parsers nor conversation`, async () => {
  await fuzz({ inputs: INPUTS, seed: randomSeed() });
});
