/** The power fails between any two calls that change the disk. */

import { ok, strictEqual } from "node:assert/strict";
import { reportRecovery } from "../../../server/observe/report_recovery.ts";
import { openStorage } from "../../../server/storage/open_storage.ts";
import { SYSTEM_CLOCK } from "../../../server/system_clock.ts";
import { clientIdOf } from "../../../shared/wire/client_id.ts";
import { checkData } from "../../crashes/check_data.ts";
import { checkTrees } from "../../crashes/check_trees.ts";
import { Ledger } from "../../crashes/ledger.ts";
import { hasTracer, powerCuts } from "../../crashes/power_cuts.ts";
import type { StepNote } from "../../crashes/take_tree_steps.ts";
import { CLIENTS, type Registered, ROUNDS } from "../../crashes/traced_registrations.ts";
import type { Note } from "../../crashes/traced_uploads.ts";
import { TREE_STEPS } from "../../crashes/tree_steps.ts";
import { SILENT } from "../../peers/test_services.ts";

const tracer = await hasTracer();
const ignored = tracer ? "" : " (ignored: no strace)";

/** Starts a storage on what the power has left, and checks that all is there that was promised. */
async function start(data: string, notes: readonly Note[]): Promise<void> {
  const ledger = ledgerOf(notes);
  await using storage = await openStorage({ clock: SYSTEM_CLOCK, data, database: undefined });
  await reportRecovery(storage.committer.recover(new AbortController().signal), SILENT);
  await checkData(data, ledger);
}

function ledgerOf(notes: readonly Note[]): Ledger {
  const ledger = new Ledger();
  for (const note of notes) {
    const clientId = clientIdOf(Uint8Array.fromHex(note.id));
    if (note.kind === "registered") ledger.registered(clientId, note.name);
    else if (note.kind === "asks") ledger.asks({ ...note, clientId }, note);
    else ledger.acknowledges({ ...note, clientId });
  }
  return ledger;
}

Deno.test({
  name: "A power cut between any two calls that change the disk takes nothing that was promised" +
    ignored,
  ignore: !tracer,
  async fn() {
    const { cuts, notes } = await powerCuts<Note>({
      program: new URL("../../crashes/traced_uploads.ts", import.meta.url),
      check: start,
    });
    ok(cuts > 200, `${cuts} cuts`);
    const acknowledged = notes.filter(({ kind }) => kind === "acknowledged");
    ok(acknowledged.length === 75, `${acknowledged.length} acknowledged`);
  },
});

Deno.test({
  name:
    "A power cut leaves each change of a tree whole or not begun, and each offset that was told" +
    ignored,
  ignore: !tracer,
  async fn() {
    const { cuts, notes } = await powerCuts<StepNote>({
      program: new URL("../../crashes/traced_trees.ts", import.meta.url),
      check: checkTrees,
    });
    ok(cuts > 60, `${cuts} cuts`);
    ok(notes.filter(({ kind }) => kind === "done").length === TREE_STEPS.length);
  },
});

Deno.test({
  name: "A power cut takes no client that was registered while no descriptor was left" + ignored,
  ignore: !tracer,
  async fn() {
    const { cuts, notes } = await powerCuts<Registered>({
      program: new URL("../../crashes/traced_registrations.ts", import.meta.url),
      descriptors: 64,
      check: async (data, notes) => {
        await using storage = await openStorage({ clock: SYSTEM_CLOCK, data, database: undefined });
        for (const { id, name } of notes) {
          const clientId = clientIdOf(Uint8Array.fromHex(id));
          ok(clientId !== undefined);
          strictEqual((await storage.catalog.client(clientId))?.name, name);
        }
      },
    });
    ok(cuts >= ROUNDS, `${cuts} cuts`);
    // The runtime syncs with the descriptor of the log itself when it cannot have another one.
    strictEqual(notes.length, ROUNDS * CLIENTS);
  },
});
