import { ok } from "node:assert/strict";
import { openStorage } from "../../../server/storage/open_storage.ts";
import { temporaryFolder } from "../../peers/temporary_folder.ts";
import { SeededRandom } from "../../chance/seeded_random.ts";
import { checkData } from "../../crashes/check_data.ts";
import { Ledger } from "../../crashes/ledger.ts";
import { startServer } from "../../peers/started_server.ts";
import { crowd } from "../../soak/soak.ts";
import { SYSTEM_CLOCK } from "../../../server/system_clock.ts";

/** A moment: `deno task soak` takes its time, and looks at memory too. */
const SECONDS = 3;

// That nothing is left of timers and sockets is what the checks of `Deno.test` are for.
Deno.test("A crowd of clients leaves no timer or socket, and every file", async () => {
  await using data = await temporaryFolder();
  await using storage = await openStorage({
    clock: SYSTEM_CLOCK,
    data: data.path,
    database: undefined,
  });
  const server = await startServer({ storage, grace: 0 });
  const ledger = new Ledger();
  const random = new SeededRandom();
  const came = await crowd({ server: server.address, seconds: SECONDS, random, ledger, round: 1 });
  server.stop();
  await server.ended;
  ok(came.files > 0 && came.attacks > 0);
  await storage.committer.flush();
  await checkData(data.path, ledger);
});
