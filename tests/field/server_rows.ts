/**
 * Servers in the field as data: each row is one thing that was seen on the wire, in the words of
 * the protocol's facts, with the habits that a scripted server (`field_server.ts`) needs to do the
 * same.
 */

import type { Quirk } from "../../client/settings/send_settings.ts";
import type { RevisionName } from "../../shared/protocol3/revision.ts";
import type { ServerDeviation } from "../../shared/protocol3/parsing/reply_parser.ts";
import type { ServerHabits } from "./server_habits.ts";

/** One line of the table. */
export interface ServerRow {
  /** What was seen on the wire. */
  readonly seen: string;
  /** How the client gets along with it. */
  readonly driven: string;
  readonly habits: ServerHabits;
  /** Where it can occur. */
  readonly revisions: readonly RevisionName[];
  /** The deviations that the client notes when it meets all of it. */
  readonly noted: readonly ServerDeviation[];
  /** What has to be said with `--compat`. */
  readonly quirks?: readonly Quirk[];
  /** What has to be said with `--packet-size`. */
  readonly packetSize?: number;
  /** Whether only files that fit into one packet get through for certain. */
  readonly small?: true;
}

const ALL = ["2022c", "2023a", "2023c", "2024a", "2024c"] as const;
const WITH_RECONNECT = ["2023a", "2023c", "2024a", "2024c"] as const;
const WITH_PACKETS = ["2024a", "2024c"] as const;

/** What has to be known of a server: nothing. */
const BY_ITSELF: readonly ServerRow[] = [
  {
    seen: 'acknowledges "CRC invalid, resending" at once',
    driven: "the acknowledgement is skipped while the checksum is awaited",
    habits: { answersRetry: "acknowledgement" },
    revisions: ALL,
    noted: [],
  },
  {
    seen: 'answers "CRC invalid, resending" with a single zero byte',
    driven: "zeros in front of a reply are dropped",
    habits: { answersRetry: "zero byte" },
    revisions: ALL,
    noted: ["zeros-between-replies"],
  },
  {
    seen: 'a "registered" that declares a payload of 0 bytes and brings the 16 of the id',
    driven: "the id is read all the same: it is due",
    habits: { registeredUndeclared: true },
    revisions: ALL,
    noted: ["unannounced-id"],
  },
  {
    seen: 'a "reconnect refused" that declares a payload of 0 bytes and brings the 16 of the id',
    driven: "what follows is no header, so it is the id, and dropped",
    habits: { refusalId: "undeclared" },
    revisions: WITH_RECONNECT,
    noted: ["unannounced-id"],
  },
  {
    seen: 'a "reconnect refused" without a payload',
    driven: "it says enough: the client registers again",
    habits: { refusalId: "missing" },
    revisions: WITH_RECONNECT,
    noted: ["unannounced-id"],
  },
  {
    seen: "a reply with a key that declares 128 bytes and brings 144",
    driven: "the size is taken for that of the key alone, without the id before it",
    habits: { keySizeWithoutId: true },
    revisions: ALL,
    noted: ["size-without-id"],
  },
  {
    seen: "an acknowledgement without a payload",
    driven: "it says enough",
    habits: { acknowledgedWithoutId: true },
    revisions: WITH_RECONNECT,
    noted: ["other-acknowledgement"],
  },
  {
    seen: "replies of version 2",
    driven: "the version byte is ignored",
    habits: { version: 2 },
    revisions: ALL,
    noted: ["other-version"],
  },
  {
    seen: "an acknowledgement after every packet",
    driven: "as many acknowledgements as there are packets are skipped",
    habits: { acknowledgesPackets: true },
    revisions: ALL,
    noted: [],
  },
  {
    seen: "a few zeros after each reply",
    driven: "zeros in front of a reply are dropped",
    habits: { zerosAfterReply: 5 },
    revisions: ALL,
    noted: ["zeros-between-replies"],
  },
  {
    seen: "replies filled up with zeros to 65,535 bytes",
    driven: "zeros in front of a reply are dropped, as many as fill a block up",
    habits: { paddedReplies: true },
    revisions: ALL,
    noted: ["zeros-between-replies"],
  },
  {
    seen: "an error at the end of the connection",
    driven: "replies that nobody waits for are forgotten at the next request",
    habits: { errorAtEnd: true },
    revisions: WITH_RECONNECT,
    noted: [],
  },
  {
    seen: "an error with the 16 bytes of the client's id, where no payload is due",
    driven: "it is an error like any other",
    habits: { errorAtEnd: true, errorWithId: true },
    revisions: WITH_RECONNECT,
    noted: [],
  },
  {
    seen: "a close after every reply",
    driven: "a close right behind the first reply shows it; each request gets a connection then",
    habits: { closesAfter: "reply" },
    revisions: ALL,
    noted: ["close-after-reply"],
  },
  {
    seen: "keys of 128 bits where 256 are due",
    driven: "the length of a key is that of what was decrypted",
    habits: { aesKeySize: 16 },
    revisions: WITH_PACKETS,
    noted: [],
  },
  {
    seen: "packets of 8192 bytes at the most",
    driven: "after an error packets of 7902 bytes and pauses of 5 ms, by itself; later runs too",
    habits: { mostContent: 8192 },
    revisions: WITH_PACKETS,
    noted: [],
  },
  {
    seen: "silence at a code that it does not know",
    driven:
      "each family of codes gets 3 s, 2024c first; where none is answered a client on record " +
      "sends its key as in 2022c; the next run begins with what worked",
    habits: { foreignCode: "silent" },
    revisions: ALL,
    noted: [],
  },
  {
    seen: "a bare 2101 as its only error, to a code that it does not know too",
    driven:
      "other codes are tried, with 2022c in place of 2023a; without that sign 2022c is tried " +
      "after an error amid the first file",
    habits: { foreignCode: "2101" },
    revisions: ["2022c"],
    noted: [],
  },
  {
    seen: "its end at a code that it does not know",
    driven: "2024c is asked first; for others the error says so: --revision in the first run",
    habits: { foreignCode: "dies" },
    revisions: ALL,
    noted: [],
  },
  {
    seen: "one receive taken for a whole request",
    driven: "a request leaves in one write, up to 256 KiB; after an error smaller packets with " +
      "pauses, by itself; later runs too; a file that is one request comes through in one piece " +
      "only if it is small",
    habits: { takesOneReceive: true },
    revisions: ALL,
    noted: [],
    small: true,
  },
  {
    seen: "the same, with 150 ms for each packet, in which nothing else may come",
    driven: "after errors packets of 2048 bytes and pauses of 200 ms, by itself; later runs too",
    habits: { takesOneReceive: true, slow: 150 },
    revisions: WITH_PACKETS,
    noted: [],
    small: true,
  },
];

/** What has to be told to the client. */
const ON_REQUEST: readonly ServerRow[] = [
  {
    seen: "packets of 1024 bytes at the most",
    driven:
      "after errors smaller packets by itself, at last these; --packet-size 1024 spares the " +
      "tries; so 64 MiB are the most that it takes",
    habits: { mostContent: 1024 },
    revisions: WITH_PACKETS,
    noted: [],
    packetSize: 1024,
  },
  {
    seen: "a last packet that has to be as large as the others",
    driven: "--compat pad-last",
    habits: { lastPacketFull: true },
    revisions: WITH_PACKETS,
    noted: [],
    quirks: ["pad-last"],
  },
  {
    seen: "packets that must have exactly 1024 bytes of content, even the only one",
    driven: "--packet-size 1024 --compat pad-last",
    habits: { exactContent: 1024 },
    revisions: WITH_PACKETS,
    noted: [],
    packetSize: 1024,
    quirks: ["pad-last"],
  },
  {
    seen: "the number of a packet and the number of packets in each other's place",
    driven: "--compat swap-packet-fields",
    habits: { swappedPacketFields: true },
    revisions: WITH_PACKETS,
    noted: [],
    quirks: ["swap-packet-fields"],
  },
  {
    seen: "one request on each connection, answered or not",
    driven: "--compat connection-per-request",
    habits: { closesAfter: "request" },
    revisions: ALL,
    noted: [],
    quirks: ["connection-per-request"],
  },
  {
    seen: 'names at the end of their fields, and an empty "file received" for each packet',
    driven: "--compat left-pad-names; replies to packets are skipped",
    habits: { namesPaddedLeft: true },
    revisions: ALL,
    noted: ["packet-replies"],
    quirks: ["left-pad-names"],
  },
  {
    seen: "a payload size of the file request that does not count the content",
    driven: "--compat size-without-content",
    habits: { contentUncounted: true },
    revisions: ALL,
    noted: [],
    quirks: ["size-without-content"],
  },
  {
    seen: "requests and replies in whole blocks of 65,535 bytes",
    driven: "--compat pad-65535",
    habits: { paddedRequests: true, paddedReplies: true },
    revisions: ALL,
    noted: ["zeros-between-replies"],
    quirks: ["pad-65535"],
  },
  {
    seen: "packets that are each encrypted on their own",
    driven: "--compat per-packet-cbc",
    habits: { packetsEncryptedApart: true },
    revisions: WITH_PACKETS,
    noted: [],
    quirks: ["per-packet-cbc"],
  },
  {
    seen: "a checksum of each packet, which is to be confirmed",
    driven: "--compat per-packet-cbc,per-packet-crc",
    habits: { packetsEncryptedApart: true, checksumPerPacket: true },
    revisions: WITH_PACKETS,
    noted: [],
    quirks: ["per-packet-cbc", "per-packet-crc"],
  },
];

/** The table. */
export const SERVERS_IN_THE_FIELD: readonly ServerRow[] = [...BY_ITSELF, ...ON_REQUEST];
