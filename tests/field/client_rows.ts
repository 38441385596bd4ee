/**
 * Clients in the field as data: each row is one thing that was seen on the wire, in the words of the
 * protocol's facts, with the habits that a scripted client (`field_client.ts`) needs to do the same.
 */

import type { Deviation } from "../../shared/protocol3/deviation.ts";
import type { RevisionName } from "../../shared/protocol3/revision.ts";
import type { Habits } from "./client_habits.ts";

/** One line of the table. */
export interface FieldRow {
  /** What was seen on the wire. */
  readonly seen: string;
  /** What serves it. */
  readonly served: string;
  readonly habits: Habits;
  /** Where it can occur. */
  readonly revisions: readonly RevisionName[];
  /** The deviations that the server notes when it meets all of it. */
  readonly noted: readonly Deviation[];
  /** The reason to refuse it with `--strict`; none for what the letter of the protocol allows. */
  readonly strictReason?: Deviation;
  /** Whether the server can only tell from a silence: a test takes real time. */
  readonly takesTime?: true;
}

const ALL = ["2022c", "2023a", "2023c", "2024a", "2024c"] as const;
const WITH_PACKETS = ["2024a", "2024c"] as const;
const WITHOUT_PACKETS = ["2022c", "2023a", "2023c"] as const;

/** The table. */
export const CLIENTS_IN_THE_FIELD: readonly FieldRow[] = [
  {
    seen: "a new connection for each request",
    served: "keys and uploads belong to the client's id; its next connection goes on with them",
    habits: { connectionFor: "each request" },
    revisions: ALL,
    noted: ["connection-per-request"],
    strictReason: "connection-per-request",
  },
  {
    seen: "a new connection for each packet",
    served: "the packet that is due goes on with the upload that its client left",
    habits: { connectionFor: "each packet" },
    revisions: WITH_PACKETS,
    noted: ["connection-per-request"],
    strictReason: "connection-per-request",
  },
  {
    seen: 'a "CRC valid" or "giving up" on a fresh connection',
    served: "the checksum that awaits its answer belongs to the client's id",
    habits: { connectionFor: "the last verdict" },
    revisions: ALL,
    noted: ["connection-per-request"],
    strictReason: "connection-per-request",
  },
  {
    seen: "header and payload in many small writes",
    served: "a request is read to the size that it declares, in however many pieces",
    habits: { writes: "a few bytes" },
    revisions: ALL,
    noted: [],
  },
  {
    seen: "several requests in one write",
    served: "what follows a request is the next one",
    habits: { writes: "several requests" },
    revisions: ALL,
    noted: [],
  },
  {
    seen: "a version byte other than 3",
    served: "it is ignored; answers say 3",
    habits: { version: 2 },
    revisions: ALL,
    noted: ["other-version"],
    strictReason: "other-version",
  },
  {
    seen: "an id field of junk in the registration",
    served: "it is ignored",
    habits: { junkIdInRegistration: true },
    revisions: ALL,
    noted: ["id-in-registration"],
    strictReason: "id-in-registration",
  },
  {
    seen: "the last packet zero-padded to the packet size, its payload size counting the padding",
    served: "the content ends at the content size; the rest of the payload is dropped",
    habits: { lastPacketFull: "zeros" },
    revisions: ALL,
    noted: ["oversized-payload"],
    strictReason: "oversized-payload",
  },
  {
    seen: "the last packet's payload size larger than what follows",
    served:
      "the file is complete at the content size; what looks like a request in 64 KiB from there is one",
    habits: { lastPacketFull: "not sent" },
    revisions: ALL,
    noted: ["oversized-payload"],
    strictReason: "oversized-payload",
  },
  {
    seen: "packets numbered from 0",
    served: "the file begins with packet 0 and is complete at the content size",
    habits: { packetsFromZero: true },
    revisions: WITH_PACKETS,
    noted: ["packets-from-zero"],
    strictReason: "packets-from-zero",
  },
  {
    seen: "a total one too high when the size is an exact multiple",
    served: "the file is complete at the content size; of a single packet, after 400 ms of silence",
    habits: { totalTooHigh: true },
    revisions: WITH_PACKETS,
    noted: ["packet-total-too-high"],
    strictReason: "packet-total-too-high",
    takesTime: true,
  },
  {
    seen: "packet and total swapped",
    served: "of two numbers (a, b) with a > b, b is the packet's",
    habits: { swappedPacketFields: true },
    revisions: WITH_PACKETS,
    noted: ["swapped-packet-fields"],
    strictReason: "swapped-packet-fields",
  },
  {
    seen: "a content size beyond what all packets hold",
    served: "the file is complete at the last packet",
    habits: { contentTooLarge: "size alone" },
    revisions: WITH_PACKETS,
    noted: ["oversized-content"],
    strictReason: "oversized-content",
  },
  {
    seen: "each packet encrypted on its own, the content size that of the packet",
    served: "packet 1 decrypts alone; one checksum at the end, over the whole plain file",
    habits: { encryptedApart: "own size" },
    revisions: WITH_PACKETS,
    noted: ["packets-encrypted-apart"],
    strictReason: "packets-encrypted-apart",
  },
  {
    seen: "each packet encrypted on its own, content and original size those of the packet",
    served: "the same",
    habits: { encryptedApart: "own size", originalSizeOfPacket: true },
    revisions: WITH_PACKETS,
    noted: ["packets-encrypted-apart"],
    strictReason: "packets-encrypted-apart",
  },
  {
    seen: "each packet encrypted on its own, the content size that of all",
    served: "the same",
    habits: { encryptedApart: "whole size" },
    revisions: WITH_PACKETS,
    noted: ["packets-encrypted-apart"],
    strictReason: "packets-encrypted-apart",
  },
  {
    seen: "the same with a connection for each packet, the content size that of the packet",
    served: "after 400 ms of silence the packet's own checksum, and so for each; each is confirmed",
    habits: {
      encryptedApart: "own size",
      connectionFor: "each packet",
      checksumPerPacket: true,
    },
    revisions: WITH_PACKETS,
    noted: ["checksum-per-packet", "connection-per-request", "packets-encrypted-apart"],
    strictReason: "connection-per-request",
    takesTime: true,
  },
  {
    seen: "the same with a connection for each packet, the content size that of all",
    served: "the same",
    habits: {
      encryptedApart: "whole size",
      connectionFor: "each packet",
      checksumPerPacket: true,
    },
    revisions: WITH_PACKETS,
    noted: ["checksum-per-packet", "connection-per-request", "packets-encrypted-apart"],
    strictReason: "connection-per-request",
    takesTime: true,
  },
  {
    seen: "only the first 16 of the 32 key bytes used, as an AES-128 key",
    served: "the first message is tried with both keys; padding and announced size decide",
    habits: { firstHalfOfKey: true },
    revisions: WITH_PACKETS,
    // Without a reason: a strict server decrypts with the whole key, and no checksum is right.
    noted: ["first-half-of-key"],
  },
  {
    seen: "the same with a connection for each request, each packet encrypted on its own, and a " +
      "checksum for each packet",
    served: "the same, by the first packet; then a checksum for each",
    habits: {
      firstHalfOfKey: true,
      connectionFor: "each request",
      encryptedApart: "own size",
      checksumPerPacket: true,
    },
    revisions: WITH_PACKETS,
    noted: [
      "checksum-per-packet",
      "connection-per-request",
      "first-half-of-key",
      "packets-encrypted-apart",
    ],
    strictReason: "connection-per-request",
    takesTime: true,
  },
  {
    seen: "a payload size of the file request that does not count the content",
    served: "as many bytes follow as the content size says",
    habits: { sizeWithoutContent: true },
    revisions: WITHOUT_PACKETS,
    noted: ["size-without-content"],
    strictReason: "size-without-content",
  },
  {
    seen: "names padded with NULs on the left",
    served:
      "the name is what stands between; fields go back as they came, and each packet but the " +
      "last is answered with a short reply",
    habits: { namesPaddedLeft: true },
    revisions: ALL,
    noted: ["left-padded-names"],
    strictReason: "left-padded-names",
  },
  {
    seen: "requests zero-padded to a multiple of 65,535, replies read in blocks of 65,535",
    served: "known by the zeros that fill a request up; replies are filled up alike",
    habits: { paddedRequests: true },
    revisions: ALL,
    noted: ["padded-requests"],
    strictReason: "padded-requests",
  },
  {
    seen: "an id of zeros in the payload of its verdicts",
    served: "the id of the header counts",
    habits: { zeroOwnerId: "in verdicts" },
    revisions: ["2022c"],
    noted: ["zero-owner-id"],
    strictReason: "zero-owner-id",
  },
  {
    seen: "an id of zeros in the payload of files and verdicts",
    served: "the id of the header counts",
    habits: { zeroOwnerId: "everywhere" },
    revisions: ["2022c"],
    noted: ["zero-owner-id"],
    strictReason: "zero-owner-id",
  },
  {
    seen: "content size and payload size 16 too large, with nothing sent for the surplus",
    served: "the file is complete when its last block has not come for a second",
    habits: { contentTooLarge: "size and payload" },
    revisions: ALL,
    noted: ["content-16-short"],
    // Without a reason: a strict server cannot tell it from a client that is slow, and only waits.
    takesTime: true,
  },
  {
    seen: "zero bytes after the public key request",
    served: "zeros before a request that makes sense are dropped",
    habits: { zerosAfterKey: 7 },
    revisions: ALL,
    noted: ["zeros-between-requests"],
    strictReason: "zeros-between-requests",
  },
  {
    seen: "stray bytes after the first NUL of a name",
    served: "the NUL ends the name; the field goes back as it came",
    habits: { strayBytesInNames: true },
    revisions: ALL,
    noted: ["stray-bytes-in-name"],
    strictReason: "stray-bytes-in-name",
  },
  {
    seen: "an id treated as text: ended by a zero byte, bytes below 0x10 written as one digit",
    served: "ids that are handed out have bytes from 0x10 to 0x7f only",
    habits: { idAsText: true },
    revisions: ALL,
    noted: [],
  },
  {
    seen: '"giving up" right after the third "resending", without a fourth upload',
    served: "acknowledged",
    habits: { givesUpUnsent: true },
    revisions: ALL,
    noted: [],
  },
  {
    seen: 'a wait for an acknowledgement of "CRC invalid, resending"',
    served: "acknowledged after 400 ms of silence",
    habits: { waitsForAcknowledgement: true },
    revisions: ALL,
    noted: [],
    takesTime: true,
  },
];
