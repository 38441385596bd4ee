/** What it costs clients of the letter that others are served. */

import { ok } from "node:assert/strict";
import process from "node:process";
import type { RequestKind } from "../../../shared/protocol3/message.ts";
import { REVISION_NAMES, type RevisionName } from "../../../shared/protocol3/revision.ts";
import { filesOf, play } from "../../field/client_play.ts";
import { ClientServer } from "../../field/client_server.ts";

/** Pairs of measurements for each revision. */
const PAIRS = 20;

/** Files of each measurement, by size. */
const FILES = filesOf([...Array(60).fill(1000), ...Array(20).fill(65_537)])
  .map((file, index) => ({ ...file, name: `${index}.bin` }));

for (const revision of REVISION_NAMES) {
  Deno.test(`clients of the letter of ${revision} take no longer beside others`, async () => {
    await timed(revision, false);
    const [strict, tolerant]: [number[], number[]] = [[], []];
    for (let pair = 0; pair < PAIRS; pair++) {
      // In turn, and not always the same one first.
      for (const isStrict of pair % 2 === 0 ? [true, false] : [false, true]) {
        (isStrict ? strict : tolerant).push(await timed(revision, isStrict));
      }
    }
    // Whatever else runs on the machine only adds to them, a fifth and more.
    const [least, other] = [Math.min(...strict), Math.min(...tolerant)];
    ok(other < 1.5 * least, `${strict}; ${tolerant}`);
  });
}

/** Milliseconds of processor time of one client and its server, for all files. */
async function timed(revision: RevisionName, strict: boolean): Promise<number> {
  await using server = await ClientServer.open();
  const dial = (kind: RequestKind) => {
    // Nothing in its bytes tells a new client of 2023c from one of 2024a.
    const there = revision === "2023c" && kind === "register" ? revision : "auto";
    return Promise.resolve(server.direct({ revision: there, strict }));
  };
  const registersElsewhere = revision === "2023c";
  const packetSize = 32_768;
  const before = process.cpuUsage();
  await play({ server, habits: {}, revision, registersElsewhere, packetSize, files: FILES, dial });
  const { user, system } = process.cpuUsage(before);
  return Math.round((user + system) / 1000);
}
