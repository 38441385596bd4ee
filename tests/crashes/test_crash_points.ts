/** A crash at each call that the server makes of its storage while files are stored. */

import { deepStrictEqual, ok } from "node:assert/strict";
import { join } from "node:path";
import { reportRecovery } from "../../server/observe/report_recovery.ts";
import type { NamedStorage } from "../../server/storage/storage.ts";
import { openStorage } from "../../server/storage/open_storage.ts";
import { temporaryFolder } from "../peers/temporary_folder.ts";
import { Cksum } from "../../shared/cksum/cksum.ts";
import { SeededRandom } from "../chance/seeded_random.ts";
import { lcg } from "../kernel/golden_vectors.ts";
import { Talk } from "../peers/talk.ts";
import { TestClient } from "../peers/test_client.ts";
import { LIMITS, servicesOver, SILENT } from "../peers/test_services.ts";
import { checkData } from "./check_data.ts";
import { CrashingStorage, type CrashPoint } from "./crashing_storage.ts";
import { Ledger } from "./ledger.ts";
import { SyncedLog } from "./synced_log.ts";
import { SYSTEM_CLOCK } from "../../server/system_clock.ts";

/**
 * How often all calls may turn out to be one more: far more than any server makes for two files.
 */
const MOST_CALLS = 500;

/** Crashes that are tried at a time. */
const AT_A_TIME = 6;

/** Which calls a server crashes at. */
export interface CrashPoints extends Pick<CrashPoint, "when"> {
  /** One call in so many, from a seed. */
  readonly oneIn: number;
}

/** Declares a test of crashes at each of these calls. */
export function testCrashPoints({ when, oneIn }: CrashPoints): void {
  const which = oneIn === 1 ? "any storage call" : `one storage call in ${oneIn}`;
  Deno.test(`A crash ${when} ${which} leaves each file old or new`, async () => {
    using log = new SyncedLog();
    const seen = new Set<string>();
    let call = -new SeededRandom().below(oneIn);
    let over = false;
    // Side by side: each waits for a disk of its own most of the time.
    await Promise.all(Array.from({ length: AT_A_TIME }, async () => {
      while (!over && call < MOST_CALLS) {
        const reached = await crashAt({ call: call += oneIn, when }, log);
        if (reached === undefined) over = true;
        else seen.add(reached);
      }
    }));
    ok(over);
    if (oneIn > 1) return;
    // Both ways that a commit can go, and what comes after one of them.
    const contents = ["store.stage", "contents.write", "contents.seal", "store.place"];
    const small = ["store.prepare", "store.placeUnsynced", "store.sync"];
    const catalog = ["catalog.intend", "catalog.record", "catalog.put", "catalog.ack"];
    for (const step of [...contents, ...small, ...catalog]) {
      ok(seen.has(step), `${step} in ${[...seen]}`);
    }
  });
}

/** The call at which the storage crashed, or undefined when there were not so many. */
async function crashAt(point: CrashPoint, log: SyncedLog): Promise<string | undefined> {
  await using first = await temporaryFolder();
  await using data = await temporaryFolder();
  const ledger = new Ledger();
  let crashing: CrashingStorage;
  let crashed: boolean;
  {
    await using storage = await openStorage({
      clock: SYSTEM_CLOCK,
      data: first.path,
      database: undefined,
    });
    const talk = talkOver(storage);
    const client = new TestClient(talk);
    await client.introduce();
    ledger.registered(client.clientId, client.name.text);
    await keep(client, ledger, { fileName: "old.bin", size: 1000 });
    crashing = new CrashingStorage(storage, point);
    const { committer } = crashing.storage;
    const crashingTalk = talkOver(crashing.storage);
    const again = client.over(crashingTalk);
    const work = (async () => {
      await keep(again, ledger, { fileName: "old.bin", size: 300_000 });
      await keep(again, ledger, { fileName: "new.bin", size: 5 });
      await keep(again, ledger, { fileName: "old.bin", size: 500 });
      await committer.flush();
      await keep(again, ledger, { fileName: "new.bin", size: 9 });
      await keep(again, ledger, { fileName: "new.bin", size: 200_000 });
      return false;
    })();
    crashed = await Promise.race([work, crashing.crashed.then(() => true)]);
    // Before the storage is closed in good order.
    await log.copyTo(data.path, first.path);
    await talk.connection.end({ stopping: true });
    // What it calls after the crash never returns.
    void crashingTalk.connection.end({ stopping: true });
  }
  await losePower(data.path, crashing);
  await using storage = await openStorage({
    clock: SYSTEM_CLOCK,
    data: data.path,
    database: undefined,
  });
  await reportRecovery(storage.committer.recover(new AbortController().signal), SILENT);
  await checkData(data.path, ledger);
  if (crashed) return crashing.calls.at(-1);
  deepStrictEqual([ledger.acknowledged, ledger.notCarriedOut], [6, 0]);
  return undefined;
}

/** A connection to a server that keeps its files there. */
function talkOver(storage: NamedStorage): Talk {
  return new Talk(servicesOver(storage, { limits: LIMITS }), "2024a");
}

/** Takes away what is not promised to be on the disk. */
async function losePower(data: string, { unsynced }: CrashingStorage): Promise<void> {
  for (const [name, { location }] of unsynced) {
    for (const path of [join(data, "staging", name), join(data, location ?? "nowhere")]) {
      await Deno.truncate(path).catch((error) => {
        if (!(error instanceof Deno.errors.NotFound)) throw error;
      });
    }
  }
}

/** Sends a file and has it kept, and enters into the ledger what the server says. */
async function keep(client: TestClient, ledger: Ledger, { fileName, size }: {
  readonly fileName: string;
  readonly size: number;
}): Promise<void> {
  const content = lcg(size, size);
  const sum = new Cksum();
  sum.update(content);
  const reply = await client.file(content, { fileName, packets: size > 1000 ? 3 : 1 });
  ok(reply?.kind === "fileReceived");
  const file = { clientId: client.clientId, fileName };
  ledger.asks(file, { size, checksum: sum.digest() });
  const answer = await client.ask(client.verdict("crcValid", fileName));
  ok(answer?.kind === "acknowledged");
  ledger.acknowledges(file);
}
