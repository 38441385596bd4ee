/**
 * `deno task crash-loop`: as many crashes as one likes, of one server or of a cluster. Ends with 1
 * when anything was lost.
 */

import { temporaryFolder } from "../peers/temporary_folder.ts";
import { runOptions, tell } from "../chance/run_options.ts";
import { crashLoop, type CrashReport } from "./crash_loop.ts";

const { rounds, kills, seed, storage, objects } = runOptions("crash-loop", {
  rounds: { about: "how often a server is ended while it serves", fallback: 200 },
  kills: { about: "how often something of a cluster is ended", fallback: 30 },
}, {
  storage: { about: "what there is", words: ["local", "cluster"] },
  objects: { about: "where a cluster's objects are", words: ["memstore", "bluestore"] },
});
if (storage === "cluster") await loopOfCluster();
else await loopOfOne();

async function loopOfOne(): Promise<void> {
  tell(`${rounds} rounds with the seed ${seed}`);
  await using data = await temporaryFolder();
  const report = await crashLoop({
    ...{ data: data.path, rounds, seed },
    onRound: (round, report) => round % 20 === 0 && tell(line(report)),
  });
  tell(`Nothing was lost, and nothing was kept that was not asked for. ${line(report)}`);
}

async function loopOfCluster(): Promise<void> {
  tell(`${kills} kills with the seed ${seed}, objects in ${objects}`);
  // Loaded only now: they need packages, and engines that few have.
  const { clusterLoop } = await import("./cluster/cluster_loop.ts");
  const report = await clusterLoop({
    ...{ kills, seed, objects: objects === "bluestore" ? objects : "memstore" },
    onKill: (kill, victims, acknowledged) =>
      tell(`${kill}: ${victims.join(", ")}; ${acknowledged} files acknowledged so far`),
  });
  const ended = Object.entries(report.ended).map(([what, times]) => `${what} ${times}`).join(", ");
  tell(
    `Ended: ${ended}. ${report.acknowledged} files acknowledged, 0 missing; of requests without ` +
      `an answer ${report.carriedOut} were carried out and ${report.notCarriedOut} not; ` +
      `${report.files} rows, 0 without contents; ${report.waiting} objects were garbage or under ` +
      "way, 0 others, and a sweep left 0",
  );
}

function line(report: CrashReport): string {
  return `${report.crashes} servers ended while they served, ${report.crashesAtStart} at their ` +
    `start; ${report.acknowledged} files acknowledged, all there; ${report.completed} commits ` +
    `completed and ${report.restored} files put in their place again by the next start; of ` +
    `those unanswered ${report.carriedOut} were kept and ${report.notCarriedOut} not; ` +
    `${report.removed} unfinished uploads removed`;
}
