/** `deno task crash-loop`: as many crashes as one likes. Ends with 1 when anything was lost. */

import { temporaryFolder } from "../../server/storage/testing/temporary_folder.ts";
import { runOptions, tell } from "../chance/run_options.ts";
import { crashLoop, type CrashReport } from "./crash_loop.ts";

const { rounds, seed } = runOptions("crash-loop", {
  rounds: { about: "how often a server is ended while it serves", fallback: 200 },
});
tell(`${rounds} rounds with the seed ${seed}`);
await using data = await temporaryFolder();
const report = await crashLoop({
  ...{ data: data.path, rounds, seed },
  onRound: (round, report) => round % 20 === 0 && tell(line(report)),
});
tell(`Nothing was lost, and nothing was kept that was not asked for. ${line(report)}`);

function line(report: CrashReport): string {
  return `${report.crashes} servers ended while they served, ${report.crashesAtStart} at their ` +
    `start; ${report.acknowledged} files acknowledged, all there; ${report.completed} commits ` +
    `completed and ${report.restored} files put in their place again by the next start; of ` +
    `those unanswered ${report.carriedOut} were kept and ${report.notCarriedOut} not; ` +
    `${report.removed} unfinished uploads removed`;
}
