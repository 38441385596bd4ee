/** Every attack on the server that `docs/threat-model.md` names comes to its outcome, and to nothing else. */

import { Arena } from "../arena.ts";
import { ATTACKS_ON_SERVER } from "../attacks.ts";

for (const [name, attack] of Object.entries(ATTACKS_ON_SERVER)) {
  Deno.test(`the attack ${name} on the server comes to ${attack.outcome}`, async () => {
    await Arena.hold(attack);
  });
}
