/** Clients of the table with files of all sizes, beside official ones on the same listener. */

import { deepStrictEqual, strictEqual } from "node:assert/strict";
import type { RequestKind } from "../../shared/protocol3/message.ts";
import { REVISION_NAMES, type RevisionName } from "../../shared/protocol3/revision.ts";
import type { Habits } from "./client_habits.ts";
import { dialTcp } from "./client_links.ts";
import { filesOf, play } from "./client_play.ts";
import type { FieldRow } from "./client_row.ts";
import { ClientServer, type Listening } from "./client_server.ts";
import type { FieldClient } from "./field_client.ts";
import { OLD_ANSWERS } from "../old/old_answers.ts";
import { answersOf, exchangeOf } from "./official_exchanges.ts";
import { named, notedAt } from "./test_client_pairs.ts";

/** A listener, and where clients register whose bytes do not tell their revision there. */
interface Place {
  readonly server: ClientServer;
  readonly auto: Listening;
  readonly registrar: Listening;
}

/** A client of the table, or with several rows of it. */
type Client = Pick<FieldRow, "seen" | "habits" | "revisions" | "noted">;

/** Bytes of one packet that is tried again, and of many packets. */
export const SOME_SIZES: readonly number[] = [1000, 65_537];

/**
 * Declares a test for each row: each client has one file in its first run and one after a
 * reconnect, and official clients of every revision are answered meanwhile as by version 0.1.0.
 */
export function testClientSizes(
  rows: readonly Client[],
  { sizes }: { readonly sizes: readonly number[] },
): void {
  for (const row of rows) {
    const title = `with files of ${sizes.length} sizes, beside official clients: ${row.seen}`;
    const playAll = (together: boolean) =>
      inPlace(async (place) => {
        await Promise.all([playOfficial(place, sizes), playRow(row, { place, sizes, together })]);
        const { auto, registrar, server } = place;
        const noted = new Set([auto, registrar, server].flatMap((at) => [...notedAt(at)]));
        deepStrictEqual([...noted].sort(), row.noted.toSorted());
        strictEqual(server.uploads, 0);
      });
    // Some clients are told by their silences, and one of the machine may be taken for one of
    // theirs: what fails among many is played once more, one after the other.
    Deno.test(title, () => playAll(true).catch(() => playAll(false)));
  }
}

async function inPlace<T>(work: (place: Place) => Promise<T>): Promise<T> {
  await using server = await ClientServer.open();
  const auto = server.listen({ revision: "auto" });
  const registrar = server.listen({ revision: "2023c" });
  return await work({ server, auto, registrar });
}

async function playOfficial(place: Place, sizes: readonly number[]): Promise<void> {
  await Promise.all(REVISION_NAMES.map(async (revision) => {
    for (const size of sizes) {
      const client = await playSize({}, { place, revision, size });
      deepStrictEqual(answersOf(client, exchangeOf(size)), OLD_ANSWERS[revision].sizes[size]);
    }
  }));
}

async function playRow(
  { habits, revisions, seen }: Client,
  { place, sizes, together }: {
    readonly place: Place;
    readonly sizes: readonly number[];
    readonly together: boolean;
  },
): Promise<void> {
  const parts = revisions.flatMap((revision) => sizes.map((size) => ({ revision, size })));
  const playOne = (
    { revision, size }: { readonly revision: RevisionName; readonly size: number },
  ) =>
    named(`${revision}, ${size} bytes: ${seen}`, async () => {
      const retried = size === 1000 && !habits.givesNoVerdict ? 1 : 0;
      const spoiled = habits.givesUpUnsent ? 4 : retried;
      await playSize(habits, { place, revision, size, spoiled });
    });
  // The time of all parked uploads ends at once, so that no other client may have one.
  if (together && !habits.givesNoVerdict) await Promise.all(parts.map(playOne));
  else for (const part of parts) await playOne(part);
}

async function playSize(
  habits: Habits,
  { place: { server, auto, registrar }, revision, size, spoiled = 0 }: {
    readonly place: Place;
    readonly revision: RevisionName;
    readonly size: number;
    readonly spoiled?: number;
  },
): Promise<FieldClient> {
  const registersElsewhere = revision === "2023c";
  return await play({
    ...{ server, habits, revision, registersElsewhere, comesBack: true },
    ...exchangeOf(size),
    dial: (kind: RequestKind) => {
      return dialTcp((registersElsewhere && kind === "register" ? registrar : auto).port);
    },
    files: filesOf([size], () => spoiled),
  });
}
