/**
 * Attacks on the server that `docs/threat-model.md` names come to their outcome, and to nothing
 * else.
 */

import { SeededRandom } from "../chance/seeded_random.ts";
import { Arena } from "./arena.ts";
import { ATTACKS_ON_SERVER } from "./attacks.ts";

/** Declares a test for each attack, or for one in so many of the tables, from a seed. */
export function testAttacksOnServer({ oneIn }: { readonly oneIn: number }): void {
  const first = new SeededRandom().below(oneIn);
  for (const [at, [name, attack]] of Object.entries(ATTACKS_ON_SERVER).entries()) {
    if (at % oneIn !== first) continue;
    const { outcome, ignored, leavesOperations = false } = attack;
    Deno.test({
      name: `the attack ${name} on the server comes to ${outcome}` +
        (ignored === undefined ? "" : ` (ignored: ${ignored})`),
      ignore: ignored !== undefined,
      sanitizeOps: !leavesOperations,
      sanitizeResources: !leavesOperations,
      fn: () => Arena.hold(attack),
    });
  }
}
