/** The power fails between any two calls that change the disk. */

import { ok } from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { reportRecovery } from "../../../server/observe/report_recovery.ts";
import { openStorage } from "../../../server/storage/open_storage.ts";
import { temporaryFolder } from "../../../server/storage/testing/temporary_folder.ts";
import { SYSTEM_CLOCK } from "../../../server/system_clock.ts";
import { randomSeed, SeededRandom } from "../../chance/seeded_random.ts";
import { checkData } from "../../crashes/check_data.ts";
import { CutDisk, type Image, writeImage } from "../../crashes/cut_disk.ts";
import { diskCalls, TRACE_FLAGS } from "../../crashes/disk_calls.ts";
import { Ledger } from "../../crashes/ledger.ts";
import type { Note } from "../../crashes/traced_uploads.ts";
import { SILENT } from "../../peers/test_services.ts";
import { clientIdOf } from "../../../shared/wire/client_id.ts";

const PROGRAM = fileURLToPath(new URL("../../crashes/traced_uploads.ts", import.meta.url));
const CONFIG = fileURLToPath(new URL("../../../deno.json", import.meta.url));

/** Before one in so many calls a random mix is found. */
const MIXED = 20;

/** Starts that are made at a time: each waits for the disk most of its time. */
const AT_A_TIME = 6;

const tracer = await hasTracer();

async function run([program = "", ...args]: readonly string[]) {
  // By way of the shell, the only right that the tests need is that to run it.
  const command = new Deno.Command("sh", { args: ["-c", '"$0" "$@"', program, ...args] });
  const { code, stderr } = await command.output();
  return { code, stderr: new TextDecoder().decode(stderr) };
}

async function hasTracer(): Promise<boolean> {
  if (Deno.build.os !== "linux") return false;
  return (await run(["strace", ...TRACE_FLAGS, "-o", "/dev/null", "true"])).code === 0;
}

/** Starts a storage on what the power has left, and checks that all is there that was promised. */
async function start(image: Image, ledger: Ledger): Promise<void> {
  await using data = await temporaryFolder();
  await writeImage(data.path, image);
  await using storage = await openStorage({
    clock: SYSTEM_CLOCK,
    data: data.path,
    database: undefined,
  });
  await reportRecovery(storage.committer.recover(new AbortController().signal), SILENT);
  await checkData(data.path, ledger);
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
    (tracer ? "" : " (ignored: no strace)"),
  ignore: !tracer,
  async fn() {
    await using traced = await temporaryFolder();
    await using data = await temporaryFolder();
    const file = `${traced.path}/trace`;
    const rights = ["--no-prompt", "--allow-read", "--allow-write", "--allow-sys"];
    const { code, stderr } = await run([
      ...["strace", ...TRACE_FLAGS, "-o", file],
      ...[Deno.execPath(), "run", "-q", "--config", CONFIG, ...rights, PROGRAM, data.path],
    ]);
    ok(code === 0, stderr);

    const seed = randomSeed();
    const chance = new SeededRandom(seed);
    const disk = new CutDisk(data.path);
    const notes: Note[] = [];
    const starting = new Set<Promise<void>>();
    const faults: Error[] = [];
    let [calls, starts] = [0, 0];
    const cut = async (where: string, mixed?: SeededRandom) => {
      starts++;
      const message = `After ${calls} calls, seed ${seed}, ${where}`;
      const began = start(disk.image(mixed), ledgerOf(notes))
        .catch((cause) => void faults.push(new Error(message, { cause })))
        .finally(() => starting.delete(began));
      starting.add(began);
      if (starting.size >= AT_A_TIME) await Promise.race(starting);
    };
    for (const call of diskCalls(await Deno.readTextFile(file), data.path)) {
      if (faults.length > 0) break;
      if (call.kind === "note") {
        notes.push(JSON.parse(call.text));
        continue;
      }
      const where = `before ${call.kind} of ${call.path}`;
      // Nothing else changes what is synced.
      if (call.kind === "sync") await cut(where);
      if (chance.below(MIXED) === 0) await cut(where, chance);
      disk.apply(call);
      calls++;
    }
    await cut("at the end");
    await Promise.all(starting);
    for (const fault of faults) throw fault;
    ok(starts > 200, `${starts} starts`);
    const acknowledged = notes.filter(({ kind }) => kind === "acknowledged");
    ok(acknowledged.length === 75, `${acknowledged.length} acknowledged`);
  },
});
