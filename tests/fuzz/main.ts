/**
 * `deno task fuzz`: as many inputs as one likes. Stores one with which a target failed, and ends
 * with 1.
 */

import { runOptions, tell } from "../chance/run_options.ts";
import { keepCase } from "./cases.ts";
import { fuzz, FuzzFailure } from "./fuzz.ts";
import { shrunk } from "./shrink.ts";

const { inputs, seed } = runOptions("fuzz", {
  inputs: { about: "how many inputs there are, for all targets together", fallback: 1_000_000 },
});
tell(`${inputs} inputs with the seed ${seed}`);
try {
  await fuzz({ inputs, seed, onShare: (target, share) => tell(`${target}: ${share} were borne`) });
} catch (error) {
  if (!(error instanceof FuzzFailure)) throw error;
  const { cause } = error;
  const path = await keepCase(await shrunk(error.failed), firstLine(cause));
  tell(`${error.message}. The input is kept in ${path}`);
  tell(cause instanceof Error ? cause.stack ?? cause.message : String(cause));
  Deno.exit(1);
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split("\n")[0] ?? "";
}
