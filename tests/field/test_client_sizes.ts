/** Clients of the table with files of all sizes, beside official ones on the same listener. */

import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { Buffer } from "node:buffer";
import type { RequestKind } from "../../shared/protocol3/message.ts";
import { REVISION_NAMES, type RevisionName } from "../../shared/protocol3/revision.ts";
import type { Habits } from "./client_habits.ts";
import { dialTcp } from "./client_lines.ts";
import { filesOf, play } from "./client_play.ts";
import type { FieldRow } from "./client_row.ts";
import { ClientServer, type Listening } from "./client_server.ts";
import { named, notedAt } from "./test_client_pairs.ts";

/** Bytes of plain files: none, around a block, one packet, around 64 KiB, and many packets. */
export const ALL_SIZES: readonly number[] = [0, 1, 15, 16, 1000, 65_537, 1 << 20];

/** Bytes of content in a full packet. */
const PACKET_SIZE = 4096;

/** A listener, and where clients register whose bytes do not tell their revision there. */
interface Place {
  readonly server: ClientServer;
  readonly auto: Listening;
  readonly registrar: Listening;
}

/** What official clients were answered, by revision and size. */
type Answers = Readonly<Record<string, readonly string[]>>;

/** Bytes of a block, of one packet that is tried again, and of many packets. */
export const SOME_SIZES: readonly number[] = [16, 1000, 65_537];

/**
 * Declares a test for each row: each client has one file in its first run and one after a
 * reconnect, and official clients of every revision are served at the same time as they are alone.
 */
export function testClientSizes(
  rows: readonly FieldRow[],
  { sizes }: { readonly sizes: readonly number[] },
): void {
  let alone: Promise<Answers> | undefined;
  for (const row of rows) {
    const title = `with files of ${sizes.length} sizes, beside official clients: ${row.seen}`;
    Deno.test(title, async () => {
      alone ??= inPlace((place) => playOfficial(place, sizes));
      const expected = await alone;
      await inPlace(async (place) => {
        const [answers] = await Promise.all([
          playOfficial(place, sizes),
          playRow(row, { place, sizes }),
        ]);
        deepStrictEqual(answers, expected);
        const { auto, registrar, server } = place;
        const noted = new Set([auto, registrar, server].flatMap((at) => [...notedAt(at)]));
        deepStrictEqual([...noted].sort(), row.noted.toSorted());
        strictEqual(server.uploads, 0);
      });
    });
  }
}

async function inPlace<T>(work: (place: Place) => Promise<T>): Promise<T> {
  await using server = await ClientServer.open();
  const auto = server.listen({ revision: "auto" });
  const registrar = server.listen({ revision: "2023c" });
  return await work({ server, auto, registrar });
}

async function playOfficial(place: Place, sizes: readonly number[]): Promise<Answers> {
  const answers: Record<string, readonly string[]> = {};
  await Promise.all(REVISION_NAMES.map(async (revision) => {
    for (const size of sizes) {
      answers[`${revision}, ${size} bytes`] = await playSize({}, { place, revision, size });
    }
  }));
  return answers;
}

async function playRow(
  { habits, revisions, seen }: FieldRow,
  { place, sizes }: { readonly place: Place; readonly sizes: readonly number[] },
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
  // The time of everything that is parked ends at once, so that nobody else may have parked.
  if (!habits.givesNoVerdict) await Promise.all(parts.map(playOne));
  else for (const part of parts) await playOne(part);
}

/** Plays one client; returns what it was answered, but for keys and the id. */
async function playSize(
  habits: Habits,
  { place: { server, auto, registrar }, revision, size, spoiled = 0 }: {
    readonly place: Place;
    readonly revision: RevisionName;
    readonly size: number;
    readonly spoiled?: number;
  },
): Promise<readonly string[]> {
  const registersElsewhere = revision === "2023c";
  const client = await play({
    ...{ server, habits, revision, registersElsewhere, packetSize: PACKET_SIZE, comesBack: true },
    dial: (kind: RequestKind) => {
      return dialTcp((registersElsewhere && kind === "register" ? registrar : auto).port);
    },
    files: filesOf([size], () => spoiled),
    again: filesOf([size]),
  });
  const id = Buffer.from(client.clientId).toString("hex");
  return client.replies.map((bytes) => Buffer.from(bytes).toString("hex").replaceAll(id, "(id)"));
}
