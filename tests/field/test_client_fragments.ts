/** Clients of the table whose bytes arrive in pieces. */

import { deepStrictEqual } from "node:assert/strict";
import fc from "fast-check";
import type { RevisionName } from "../../shared/protocol3/revision.ts";
import { cut } from "../kernel/told_events.ts";
import type { FieldRow } from "./client_row.ts";
import { CLIENTS_IN_THE_FIELD } from "./client_rows.ts";
import { filesOf, play } from "./client_play.ts";
import { ClientServer } from "./client_server.ts";
import { notedAt } from "./test_client_pairs.ts";

/** Cuts what a client writes into the pieces that arrive. */
type Cut = (bytes: Uint8Array) => Iterable<Uint8Array>;

/** Bytes at both ends of a large write that arrive one by one. */
const SINGLY = 2_000;

/** Sizes of pieces: mostly a few bytes, now and then hundreds or thousands. */
const sizes = fc.array(
  fc.oneof(
    fc.integer({ min: 1, max: 30 }),
    fc.integer({ min: 1, max: 700 }),
    fc.integer({ min: 1, max: 9000 }),
  ),
  { minLength: 4, maxLength: 30 },
);

/** Which ways to cut what a client writes are tried, and where. */
export interface Fragments {
  /** Every revision of a row, or two: its last one byte by byte, its first one in random pieces. */
  readonly revisions: "all" | "two";
  /** How many ways to cut each client's bytes are tried at random. */
  readonly runs: number;
}

/** Declares tests for each row: however its bytes arrive, the same comes of it. */
export function testClientFragments({ revisions, runs }: Fragments): void {
  for (const row of CLIENTS_IN_THE_FIELD) {
    const two = revisions === "two";
    Deno.test(`served byte by byte: ${row.seen}`, async () => {
      for (const revision of two ? row.revisions.slice(-1) : row.revisions) {
        await playCut(row, { revision, cut: byteByByte });
      }
    });

    Deno.test(`served in random pieces: ${row.seen}`, async () => {
      for (const revision of two ? row.revisions.slice(0, 1) : row.revisions) {
        const served = fc.asyncProperty(
          sizes,
          (sizes) => playCut(row, { revision, cut: (bytes) => cut(bytes, sizes) }),
        );
        // A failure prints the seed and the sizes.
        await fc.assert(served, { numRuns: runs });
      }
    });

    if (two) continue;
    Deno.test(`served in one piece: ${row.seen}`, async () => {
      for (const revision of row.revisions) {
        await playCut(row, { revision, cut: (bytes) => [bytes] });
      }
    });
  }
}

/** Single bytes; only the long zeros in the middle of a padded request come faster. */
function* byteByByte(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength;) {
    const middle = at >= SINGLY && at < bytes.byteLength - SINGLY;
    yield bytes.subarray(at, at += middle ? 97 : 1);
  }
}

/**
 * Plays a row whose bytes arrive in pieces. Whatever these are, the same comes of it, and the same
 * deviations are noted.
 */
async function playCut(
  row: FieldRow,
  { revision, cut }: { readonly revision: RevisionName; readonly cut: Cut },
): Promise<void> {
  await using server = await ClientServer.open();
  const noted = new Set<string>();
  const onSeen = (deviation: string) => void noted.add(deviation);
  await play({
    ...{ server, habits: row.habits, revision },
    dial: () => Promise.resolve(server.direct({ revision, cut, onSeen })),
    files: filesOf(
      row.sizes ?? [50, 96, 120],
      (size) => size === 120 && !row.habits.givesNoVerdict ? 1 : 0,
    ),
  });
  for (const deviation of notedAt(server)) noted.add(deviation);
  deepStrictEqual([...noted].sort(), row.noted.toSorted());
}
