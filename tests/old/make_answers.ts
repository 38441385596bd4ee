/**
 * Makes `answers.json` beside it: what the server of version 0.1.0 answers official clients of each
 * revision, over sockets. To be run again only for another version:
 *
 *     git worktree add --detach /tmp/sealpost-0.1.0 f2f10b3
 *     deno run -A tests/old/make_answers.ts /tmp/sealpost-0.1.0
 *
 * Fails if the answers on the listener for a revision and on the one for all differ, or if clients
 * that pause for 2 s after each write get others than those that do not.
 */
import { deepStrictEqual } from "node:assert/strict";
import { join } from "node:path";
import type { RequestKind } from "../../shared/protocol3/message.ts";
import { REVISION_NAMES, type RevisionName } from "../../shared/protocol3/revision.ts";
import { parseAddress } from "../../shared/text/address.ts";
import { dialTcp, pausingLink } from "../field/client_links.ts";
import { play } from "../field/client_play.ts";
import {
  ALL_SIZES,
  type Answers,
  answersOf,
  type Exchange,
  exchangeOf,
  SMALL_FILES,
} from "../field/official_exchanges.ts";
import type { OldAnswers } from "./old_answers.ts";
import { startOldServer } from "./old_server.ts";

const [source = ""] = Deno.args;
const data = await Deno.makeTempDir({ prefix: "sealpost_old_" });
const listeners = ["auto", ...REVISION_NAMES];
const server = await startOldServer({ source, data: join(data, "data"), listeners });

function portOf(listener: string): number {
  return parseAddress(server.addresses[listeners.indexOf(listener)] ?? "").port;
}

async function answers(
  revision: RevisionName,
  exchange: Exchange,
  { listener, pause }: { readonly listener: string; readonly pause: number },
): Promise<Answers> {
  const registersElsewhere = listener === "auto" && revision === "2023c";
  const dial = async (kind: RequestKind) => {
    const elsewhere = registersElsewhere && kind === "register";
    return pausingLink(await dialTcp(portOf(elsewhere ? revision : listener)), pause);
  };
  const how = { habits: {}, revision, dial, registersElsewhere, comesBack: true };
  return answersOf(await play({ ...how, ...exchange }), exchange);
}

async function onEveryListener(revision: RevisionName, exchange: Exchange): Promise<Answers> {
  const ways = [revision, "auto"].flatMap((listener) =>
    [0, 2_000].map((pause) => ({ listener, pause }))
  );
  const [first = [], ...others] = await Promise.all(
    ways.map((way) => answers(revision, exchange, way)),
  );
  for (const other of others) deepStrictEqual(other, first);
  return first;
}

async function sizesOf(revision: RevisionName): Promise<OldAnswers["sizes"]> {
  const sizes: Record<string, Answers> = {};
  for (const size of ALL_SIZES) {
    const exchange = exchangeOf(size);
    sizes[`${size}`] = await answers(revision, exchange, { listener: "auto", pause: 0 });
    deepStrictEqual(
      await answers(revision, exchange, { listener: revision, pause: 0 }),
      sizes[`${size}`],
    );
  }
  return sizes;
}

try {
  const all = await Promise.all(REVISION_NAMES.map(async (revision) => {
    const smallFiles = await onEveryListener(revision, SMALL_FILES);
    return [revision, { smallFiles, sizes: await sizesOf(revision) }] as const;
  }));
  await Deno.writeTextFile(
    join(import.meta.dirname ?? ".", "answers.json"),
    `${JSON.stringify(Object.fromEntries(all), undefined, 2)}\n`,
  );
} finally {
  await server.end("SIGTERM");
  await Deno.remove(data, { recursive: true });
}
