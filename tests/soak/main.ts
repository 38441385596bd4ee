/**
 * `deno task soak`: a crowd of honest and hostile clients. Ends with 1 when the server holds on to
 * anything.
 */

import { temporaryFolder } from "../peers/temporary_folder.ts";
import { formatSize } from "../../shared/settings/quantity.ts";
import { runOptions, tell } from "../chance/run_options.ts";
import { SeededRandom } from "../chance/seeded_random.ts";
import { checkData } from "../crashes/check_data.ts";
import { Ledger } from "../crashes/ledger.ts";
import { type Figures, ObservedServer } from "./observed_server.ts";
import { compare, crowd, settled } from "./soak.ts";

/** Seconds of the crowd that comes first: what a server takes once and for all, it takes then. */
const WARMING_UP = 20;

const { seconds, seed } = runOptions("soak", {
  seconds: { about: "how long the clients go on", fallback: 120 },
});
const random = new SeededRandom(seed);
const ledger = new Ledger();
await using data = await temporaryFolder();
await using server = await ObservedServer.start(data.path);
const fresh = await server.look();
tell(`${seconds} seconds with the seed ${seed}`);
tell(`just started:   ${line(fresh)}`);
await crowd({ server: server.address, seconds: WARMING_UP, random, ledger, round: 1 });
const start = await settled(server, fresh);
tell(`after ${WARMING_UP} s:     ${line(start)}`);
const came = await crowd({ server: server.address, seconds, random, ledger, round: 2 });
tell(`at its busiest: ${line(await server.look())}`);
const end = await settled(server, start);
tell(`at the end:     ${line(end)}`);
tell(`${came.files} files were kept while ${came.attacks} hostile connections came`);
compare(start, end);
await server.stop();
await checkData(data.path, ledger);
tell("Nothing was held on to, and every file is there");

function line({ resident, heap, external, descriptors, timers }: Figures): string {
  return `${formatSize(resident)} resident, ${formatSize(heap)} heap, ${formatSize(external)} ` +
    `beside it, ${descriptors} descriptors, ${timers} timers`;
}
