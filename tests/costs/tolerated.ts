/**
 * Prints what a server executes for official clients of each revision, when it serves deviations
 * and when it is strict, as JSON; for `cost_of_tolerance_test.ts`, which starts it with `FLAGS`.
 */

import type { RequestKind } from "../../shared/protocol3/message.ts";
import type { RevisionName } from "../../shared/protocol3/revision.ts";
import type { Exchange } from "../field/official_exchanges.ts";
import { type Counts, Executed } from "./executed.ts";

/** What was executed for one client. */
export interface Tolerated {
  readonly revision: RevisionName;
  /** How often it sent a file. */
  readonly files: number;
  readonly strict: Counts;
  readonly tolerant: Counts;
}

if (import.meta.main) {
  using executed = await Executed.below(new URL("../../", import.meta.url).href);
  const { REVISION_NAMES } = await import("../../shared/protocol3/revision.ts");
  const { ClientServer } = await import("../field/client_server.ts");
  const { filesOf, play } = await import("../field/client_play.ts");
  const { cksum } = await import("../field/field_client.ts");
  const { SMALL_FILES } = await import("../field/official_exchanges.ts");
  const { SeededRandom } = await import("../chance/seeded_random.ts");

  const exchanges: readonly Exchange[] = [
    SMALL_FILES,
    { files: filesOf([65_537]), again: filesOf([5_000]), packetSize: 4096 },
  ];

  const countsOf = async (
    revision: RevisionName,
    { exchange, strict }: { readonly exchange: Exchange; readonly strict: boolean },
  ): Promise<Counts> => {
    await using server = await ClientServer.open();
    const registersElsewhere = revision === "2023c";
    const dial = (kind: RequestKind) => {
      const listener = registersElsewhere && kind === "register" ? revision : "auto";
      return Promise.resolve(server.direct({ revision: listener, strict }));
    };
    // Ids and keys are chosen: how far two are compared, and what a wrong key finds, follows from
    // them.
    const random = new SeededRandom(1);
    Object.defineProperty(crypto, "getRandomValues", {
      value: (bytes: Uint8Array) => (bytes.set(random.bytes(bytes.byteLength)), bytes),
      configurable: true,
    });
    await executed.take();
    const how = { server, habits: {}, name: "Maya", revision, registersElsewhere, dial };
    await play({ ...how, comesBack: true, ...exchange });
    return await executed.take();
  };

  const filesIn = ({ files, again = [] }: Exchange, comesBack: boolean) =>
    [...files, ...comesBack ? again : []]
      .reduce((sum, { spoiled = 0 }) => sum + Math.min(spoiled + 1, 4), 0);

  // What is only done once is done now. The first 512 KiB are summed otherwise than all others.
  for (let piece = 0; piece < 512; piece++) cksum(new Uint8Array(1024));
  for (const revision of ["2022c", "2024a"] as const) {
    for (const exchange of exchanges) await countsOf(revision, { exchange, strict: false });
  }
  const all: Tolerated[] = [];
  for (const revision of REVISION_NAMES) {
    for (const exchange of exchanges) {
      const strict = await countsOf(revision, { exchange, strict: true });
      const tolerant = await countsOf(revision, { exchange, strict: false });
      all.push({ revision, files: filesIn(exchange, revision !== "2022c"), strict, tolerant });
    }
  }
  await new Blob([JSON.stringify(all)]).stream().pipeTo(Deno.stdout.writable);
}
