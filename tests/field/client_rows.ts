/**
 * Clients in the field as data: each row is one thing that was seen on the wire, in the words of
 * the protocol's facts, with the habits that a scripted client (`field_client.ts`) needs to do the
 * same.
 */

import { PACKET_ROWS } from "./client_packet_rows.ts";
import { ALL, type FieldRow, WITH_PACKETS } from "./client_row.ts";

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
  ...PACKET_ROWS,
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
    secondRound: true,
  },
  {
    seen: '"giving up" right after the third "resending", without a fourth upload',
    served: "acknowledged",
    habits: { givesUpUnsent: true },
    revisions: ALL,
    noted: [],
    secondRound: true,
  },
  {
    seen: "no verdict on the checksum, which the client compares itself; it closes in order",
    served:
      "when the client has not come back within 30 s the file is kept as not verified, never in " +
      "the place of a verified one; `--keep-unverified no` drops it",
    habits: { givesNoVerdict: true },
    revisions: ALL,
    // Without a reason: a strict server cannot refuse what does not come, and drops the file.
    noted: ["no-verdict"],
    secondRound: true,
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
