/** Rows on the packets and contents of files. */

import { ALL, type FieldRow, WITH_PACKETS, WITHOUT_PACKETS } from "./client_row.ts";

/** This part of the table. */
export const PACKET_ROWS: readonly FieldRow[] = [
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
    served: "the file is complete at the content size; what looks like a request in 64 KiB from " +
      "there is one",
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
    secondRound: true,
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
    secondRound: true,
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
    seen: "an acknowledgement awaited after each packet, and after the last one besides the " +
      "checksum; packet and total swapped, a last payload size as large as the others",
    served:
      "after 400 ms of silence an acknowledgement, then one for each packet at once, the last " +
      "one before the checksum; the checksum of a single packet comes again after 1 s",
    habits: { acknowledgedEach: true, swappedPacketFields: true, lastPacketFull: "not sent" },
    revisions: ["2024c"],
    noted: ["acknowledgement-per-packet", "oversized-payload", "swapped-packet-fields"],
    strictReason: "swapped-packet-fields",
    // The first one is a single packet that is not full: nothing else shows such a client there.
    sizes: [40, 120, 50],
    takesTime: true,
    secondRound: true,
  },
];
