import { randomSeed } from "../../chance/seeded_random.ts";
import { fuzz } from "../../fuzz/fuzz.ts";

const INPUTS = 1_000_000;

Deno.test(`${INPUTS} random and mutated transcripts are borne by both parsers and the conversation`, async () => {
  await fuzz({ inputs: INPUTS, seed: randomSeed() });
});
