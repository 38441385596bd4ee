/** Habits of two rows in one client, and why some cannot be. */

import type { Habits } from "./client_habits.ts";
import { ALL, type FieldRow, WITH_PACKETS } from "./client_row.ts";
import { CLIENTS_IN_THE_FIELD } from "./client_rows.ts";
import type { Deviation } from "../../shared/protocol3/deviation.ts";
import type { RevisionName } from "../../shared/protocol3/revision.ts";

/** A client with the habits of several rows. */
export interface Combination {
  /** What was seen in one line. */
  readonly seen: string;
  readonly habits: Habits;
  /** The deviations that the server notes. */
  readonly noted: readonly Deviation[];
  readonly takesTime: boolean;
}

/** What no client can do both of, or no server could tell, and why. */
const CLASHES: readonly (readonly [why: string, clash: (habits: Habits) => boolean])[] = [
  [
    "zeros that fill the packet up are taken for the block that is missing",
    (h) => h.lastPacketFull !== undefined && h.contentTooLarge !== undefined,
  ],
  [
    "zeros that fill the request up are taken for the block that is missing",
    (h) => h.paddedRequests === true && h.contentTooLarge === "size and payload",
  ],
  [
    "a payload size that leaves the content out does not count a surplus either",
    (h) => h.sizeWithoutContent === true && (h.lastPacketFull ?? h.contentTooLarge) !== undefined,
  ],
  [
    "neither sizes nor numbers tell the last packet",
    (h) =>
      h.totalTooHigh === true &&
      (h.encryptedApart === "own size" || h.contentTooLarge === "size alone"),
  ],
  [
    "a content size of its own is that of what the packet holds",
    (h) => h.encryptedApart === "own size" && h.contentTooLarge === "size alone",
  ],
  [
    "a client that opens a connection for each packet that is encrypted apart awaits each checksum",
    (h) =>
      h.encryptedApart !== undefined && !h.checksumPerPacket &&
      (h.connectionFor === "each packet" || h.connectionFor === "each request"),
  ],
  [
    "a client that gives no verdict has nothing to say in one, and sends nothing again",
    (h) =>
      h.givesNoVerdict === true &&
      (h.connectionFor === "the last verdict" || h.checksumPerPacket === true ||
        h.zeroOwnerId === "in verdicts" || h.givesUpUnsent === true ||
        h.waitsForAcknowledgement === true),
  ],
  [
    "without a verdict only the size announced tells that the file is whole",
    (h) => h.givesNoVerdict === true && h.originalSizeOfPacket === true,
  ],
  [
    "where a connection is opened for each packet, the last one shows no earlier silence",
    (h) => h.acknowledgedEach === true && h.connectionFor?.startsWith("each") === true,
  ],
  [
    "names padded on the left have a reply to each packet already",
    (h) => h.acknowledgedEach === true && h.namesPaddedLeft === true,
  ],
  [
    "the first of two packets looks like the only one, announced with a total too high",
    (h) =>
      h.originalSizeOfPacket === true &&
      (h.checksumPerPacket === true || h.acknowledgedEach === true || h.namesPaddedLeft === true),
  ],
];

/** A combination, and where it can occur. */
export interface NamedCombination extends Combination {
  readonly revisions: FieldRow["revisions"];
}

/** What one row names together, or says of clients with the habit of another row. */
export const NAMED: readonly NamedCombination[] = [
  {
    seen: "a connection for each request, packets encrypted apart, a checksum for each",
    habits: {
      connectionFor: "each request",
      encryptedApart: "own size",
      checksumPerPacket: true,
    },
    revisions: WITH_PACKETS,
    noted: ["checksum-per-packet", "connection-per-request", "packets-encrypted-apart"],
    takesTime: true,
  },
  {
    seen: "the same, with names padded on the left",
    habits: {
      connectionFor: "each request",
      encryptedApart: "whole size",
      checksumPerPacket: true,
      namesPaddedLeft: true,
    },
    revisions: WITH_PACKETS,
    noted: [
      "checksum-per-packet",
      "connection-per-request",
      "left-padded-names",
      "packets-encrypted-apart",
    ],
    takesTime: true,
  },
  {
    seen: "the same, with packets from 0, their fields swapped, the last one padded",
    habits: {
      connectionFor: "each request",
      encryptedApart: "own size",
      checksumPerPacket: true,
      packetsFromZero: true,
      swappedPacketFields: true,
      lastPacketFull: "zeros",
    },
    revisions: WITH_PACKETS,
    noted: [
      "checksum-per-packet",
      "connection-per-request",
      "oversized-payload",
      "packets-encrypted-apart",
      "packets-from-zero",
      "swapped-packet-fields",
    ],
    takesTime: true,
  },
  {
    seen: "a connection for each request, all padded to 65,535, names padded on the left",
    habits: { connectionFor: "each request", paddedRequests: true, namesPaddedLeft: true },
    revisions: ALL,
    noted: ["connection-per-request", "left-padded-names", "padded-requests"],
    takesTime: false,
  },
  {
    seen: "all padded to 65,535, an id of zeros in the payload of verdicts",
    habits: { paddedRequests: true, zeroOwnerId: "in verdicts" },
    revisions: ["2022c"],
    noted: ["padded-requests", "zero-owner-id"],
    takesTime: false,
  },
  {
    seen: "packets from 0, their fields swapped",
    habits: { packetsFromZero: true, swappedPacketFields: true },
    revisions: WITH_PACKETS,
    noted: ["packets-from-zero", "swapped-packet-fields"],
    takesTime: false,
  },
  {
    seen: "the first half of the key used, packets encrypted apart, one connection for all",
    habits: { firstHalfOfKey: true, encryptedApart: "own size" },
    revisions: WITH_PACKETS,
    noted: ["first-half-of-key", "packets-encrypted-apart"],
    takesTime: false,
  },
  {
    seen: "no verdict, a connection for each request",
    habits: { givesNoVerdict: true, connectionFor: "each request" },
    revisions: ALL,
    noted: ["connection-per-request", "no-verdict"],
    takesTime: false,
  },
  {
    seen: "an id treated as text, a connection for each request",
    habits: { idAsText: true, connectionFor: "each request" },
    revisions: ALL,
    noted: ["connection-per-request"],
    takesTime: false,
  },
  {
    seen: '"giving up" without a fourth upload, on a connection of its own',
    habits: { givesUpUnsent: true, connectionFor: "the last verdict" },
    revisions: ALL,
    noted: ["connection-per-request"],
    takesTime: false,
  },
  {
    seen: '"giving up" without a fourth upload, a connection for each request',
    habits: { givesUpUnsent: true, connectionFor: "each request" },
    revisions: ALL,
    noted: ["connection-per-request"],
    takesTime: false,
  },
  {
    seen: 'a connection for each request, an acknowledgement of "resending" awaited',
    habits: { waitsForAcknowledgement: true, connectionFor: "each request" },
    revisions: ALL,
    noted: ["connection-per-request"],
    takesTime: true,
  },
  {
    seen: "an acknowledgement awaited after each packet, an id treated as text",
    habits: {
      acknowledgedEach: true,
      swappedPacketFields: true,
      lastPacketFull: "not sent",
      idAsText: true,
    },
    revisions: ["2024c"],
    noted: ["acknowledgement-per-packet", "oversized-payload", "swapped-packet-fields"],
    takesTime: true,
  },
];

/** Every pair of rows of a revision that one client can have, in the order of the table. */
export function pairsIn(revision: RevisionName): readonly Combination[] {
  const rows = CLIENTS_IN_THE_FIELD.filter(({ revisions }) => revisions.includes(revision));
  return rows.flatMap((one, index) =>
    rows.slice(index + 1).flatMap((other) => {
      const habits = { ...one.habits, ...other.habits };
      return agree(one.habits, other.habits) && !clashes(habits) ? [paired(one, other)] : [];
    })
  );
}

function paired(one: FieldRow, other: FieldRow): Combination {
  const habits = { ...one.habits, ...other.habits };
  const noted = new Set([...one.noted, ...other.noted]);
  // Zeros that nothing follows on their connection stand between no requests.
  const alone = habits.connectionFor === "each request" || habits.connectionFor === "each packet";
  if (alone) noted.delete("zeros-between-requests");
  return {
    seen: `${one.seen}, and ${other.seen}`,
    habits,
    noted: [...noted],
    takesTime: (one.takesTime ?? other.takesTime) === true,
  };
}

/** Whether no habit of two is in both in different forms. */
function agree(one: Habits, other: Habits): boolean {
  const others = new Map(Object.entries(other));
  return Object.entries(one).every(([habit, how]) => (others.get(habit) ?? how) === how);
}

function clashes(habits: Habits): boolean {
  return CLASHES.some(([, clash]) => clash(habits));
}
