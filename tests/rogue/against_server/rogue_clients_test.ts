/**
 * Every attack on the server that `docs/threat-model.md` names comes to its outcome, and to nothing
 * else.
 */

import { Arena } from "../arena.ts";
import { ATTACKS_ON_SERVER } from "../attacks.ts";

for (const [name, attack] of Object.entries(ATTACKS_ON_SERVER)) {
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
