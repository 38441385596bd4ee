/** Servers that have two rows of the table at once. */

import type { RevisionName } from "../../shared/protocol3/revision.ts";
import type { ServerHabits } from "./server_habits.ts";
import { type ServerRow, SERVERS_IN_THE_FIELD } from "./server_rows.ts";

/** Habits that no server can have at once, or that a client cannot meet at once, and why. */
const IMPOSSIBLE: readonly {
  readonly habits: readonly [keyof ServerHabits, keyof ServerHabits];
  readonly why: string;
}[] = [
  {
    habits: ["closesAfter", "acknowledgesPackets"],
    why: "a close after the answer to one packet ends the file, where the client did not expect it",
  },
  {
    habits: ["closesAfter", "checksumPerPacket"],
    why: "the same",
  },
  {
    habits: ["closesAfter", "namesPaddedLeft"],
    why: "the same",
  },
  {
    habits: ["takesOneReceive", "paddedRequests"],
    why: "a block of 65,535 bytes does not come in one receive",
  },
  {
    habits: ["namesPaddedLeft", "checksumPerPacket"],
    why: "both are the answer to a packet",
  },
  {
    habits: ["mostContent", "contentUncounted"],
    why: "a file without a counted content comes in one packet, however large it is",
  },
  {
    habits: ["exactContent", "contentUncounted"],
    why: "the same",
  },
];

/** A server with all that two rows have. */
export function combined(one: ServerRow, other: ServerRow): ServerRow {
  const quirks = [...one.quirks ?? [], ...other.quirks ?? []];
  const packetSize = one.packetSize ?? other.packetSize;
  return {
    seen: `${one.seen}; ${other.seen}`,
    driven: `${one.driven}; ${other.driven}`,
    habits: { ...one.habits, ...other.habits },
    revisions: one.revisions.filter((revision) => other.revisions.includes(revision)),
    noted: [...new Set([...one.noted, ...other.noted])],
    quirks,
    ...(packetSize && { packetSize }),
    ...((one.small || other.small) && { small: true }),
  };
}

/**
 * Every pair of rows that one server of a revision can have, but for those on foreign codes, which
 * do not matter to a client that is told the revision.
 */
export function pairsIn(revision: RevisionName): readonly ServerRow[] {
  const rows = SERVERS_IN_THE_FIELD.filter(({ revisions, habits }) =>
    revisions.includes(revision) && !habits.foreignCode
  );
  return rows.flatMap((one, index) =>
    rows.slice(index + 1).filter((other) => fit(one, other)).map((other) => combined(one, other))
  );
}

/** Every pair of a row on foreign codes with another, for a client that finds the revision out. */
export function foreignPairsIn(
  revision: RevisionName,
  foreignCode: ServerHabits["foreignCode"],
): readonly ServerRow[] {
  const rows = SERVERS_IN_THE_FIELD.filter(({ revisions }) => revisions.includes(revision));
  const foreign = rows.filter(({ habits }) => habits.foreignCode === foreignCode);
  const others = rows.filter(({ habits }) => !habits.foreignCode);
  return foreign.flatMap((one) => others.map((other) => combined(one, other)));
}

function fit({ habits: one }: ServerRow, { habits: other }: ServerRow): boolean {
  const agree = keysOf(one).every((key) => !(key in other) || one[key] === other[key]);
  const added = keysOf(other).some((key) => !(key in one)) &&
    keysOf(one).some((key) => !(key in other));
  const both = { ...one, ...other };
  // With one request on each connection the client expects each packet to end one.
  const waits = both.closesAfter === "request";
  return agree && added &&
    !IMPOSSIBLE.some(({ habits: [a, b] }) =>
      a in both && b in both && !(waits && a === "closesAfter")
    );
}

/** The cast: TypeScript does not know that an object has no other keys than its type says. */
function keysOf(habits: ServerHabits): readonly (keyof ServerHabits)[] {
  return Object.keys(habits) as (keyof ServerHabits)[];
}
