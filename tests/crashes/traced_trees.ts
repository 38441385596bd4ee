/**
 * Takes the steps of `TREE_STEPS` in a storage, and says on standard output what was asked for and
 * what was promised: one object in JSON for each. To be traced.
 */
import { openStorage } from "../../server/storage/open_storage.ts";
import { SYSTEM_CLOCK } from "../../server/system_clock.ts";
import { takeTreeSteps } from "./take_tree_steps.ts";
import { TREE_STEPS } from "./tree_steps.ts";

if (import.meta.main) {
  const [data = ""] = Deno.args;
  let ahead = 0;
  const clock = {
    ...SYSTEM_CLOCK,
    date: () => new Date(SYSTEM_CLOCK.date().getTime() + ahead),
  };
  await using storage = await openStorage({ clock, data, database: undefined });
  await takeTreeSteps({
    storage,
    steps: TREE_STEPS,
    note: (note) => Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(note))),
    later: () => ahead += 60_000,
  });
}
