/** Two servers, their PostgreSQL and their gateway are killed amid uploads. */

import { ok } from "node:assert/strict";
import { randomSeed } from "../../chance/seeded_random.ts";
import { clusterLoop } from "../../crashes/cluster/cluster_loop.ts";
import { HAS_POSTGRESQL, NO_POSTGRESQL } from "../../engines/postgresql.ts";
import { NO_GATEWAY } from "../../engines/s3_gateway.ts";

/** Each thing once: `deno task crash-loop --storage cluster` has no end to it. */
const KILLS = 6;

Deno.test({
  name: `Two servers and their engines, ended ${KILLS} times amid uploads, lose nothing` +
    (NO_POSTGRESQL || NO_GATEWAY),
  ignore: !HAS_POSTGRESQL || NO_GATEWAY !== "",
  async fn() {
    const report = await clusterLoop({ kills: KILLS, seed: randomSeed(), objects: "memstore" });
    ok(report.acknowledged > 0, JSON.stringify(report));
  },
});
