/** Official exchanges that come close to what clients in the field do, and are not it. */

import type { Deviation } from "../../shared/protocol3/deviation.ts";
import type { RevisionName } from "../../shared/protocol3/revision.ts";
import { filesOf } from "./client_play.ts";
import { PACKET } from "./client_requests.ts";
import type { FieldFile } from "./field_client.ts";
import { type ClientId, clientIdOf } from "../../shared/wire/client_id.ts";

/** An exchange by the letter of the protocol. */
export interface NearMiss {
  /** What it must not be taken for. */
  readonly deviation: Deviation;
  /** How close it comes. */
  readonly official: string;
  readonly revisions: readonly RevisionName[];
  readonly files: readonly FieldFile[];
  /** The id that the client is on record with; without it the client registers. */
  readonly clientId?: ClientId;
}

const ALL = ["2022c", "2023a", "2023c", "2024a", "2024c"] as const;
const WITH_PACKETS = ["2024a", "2024c"] as const;
const WITHOUT_PACKETS = ["2022c", "2023a", "2023c"] as const;

/** The table: at least one for each deviation. */
export const NEAR_MISSES: readonly NearMiss[] = [
  {
    deviation: "other-version",
    official: "version 3 from the registration to the last verdict",
    revisions: ALL,
    files: filesOf([0, 300]),
  },
  {
    deviation: "id-in-registration",
    official: "an id in every request but the registration",
    revisions: ALL,
    files: filesOf([1]),
  },
  {
    deviation: "stray-bytes-in-name",
    official: "a name of 254 bytes, and a NUL at the very end of its field",
    revisions: ALL,
    files: [{ name: "n".repeat(254), plain: new Uint8Array(20) }],
  },
  {
    deviation: "left-padded-names",
    official: "a name that begins with the byte 1, in several packets",
    revisions: ALL,
    files: [{ name: "\x01 name", plain: new Uint8Array(200) }],
  },
  {
    deviation: "zero-owner-id",
    official: "an id that is zeros but for its last byte",
    revisions: ["2022c"],
    files: filesOf([0, 300]),
    clientId: idWithZeros(15),
  },
  {
    deviation: "connection-per-request",
    official: "a new connection that begins with a key of its own",
    revisions: ALL,
    files: filesOf([1, 300]),
  },
  {
    deviation: "size-without-content",
    official: "a payload with the smallest content that there is",
    revisions: WITHOUT_PACKETS,
    files: filesOf([0, 15]),
  },
  {
    deviation: "oversized-payload",
    official: "a last packet that is full, or one block short of it",
    revisions: ALL,
    files: filesOf([PACKET - 1, PACKET - 17, 2 * PACKET - 1, 2 * PACKET - 17]),
  },
  {
    deviation: "content-16-short",
    official: "a content of one block, and of one more",
    revisions: ALL,
    files: filesOf([0, 15, 16]),
  },
  {
    deviation: "oversized-content",
    official: "a last packet of one block",
    revisions: WITH_PACKETS,
    files: filesOf([PACKET, 2 * PACKET]),
  },
  {
    deviation: "packets-from-zero",
    official: "packet 1 of 1",
    revisions: WITH_PACKETS,
    files: filesOf([0, PACKET - 1]),
  },
  {
    deviation: "packet-total-too-high",
    official: "packet 2 of 2 when the content is an exact multiple of the packet size",
    revisions: WITH_PACKETS,
    files: filesOf([2 * PACKET - 1, 2 * PACKET - 16]),
  },
  {
    deviation: "swapped-packet-fields",
    official: "a last packet, whose number is the total",
    revisions: WITH_PACKETS,
    files: filesOf([PACKET, 300]),
  },
  {
    deviation: "packets-encrypted-apart",
    official: "a first packet that decrypts alone and ends like padding",
    revisions: ALL,
    files: filesLikePadding([PACKET + 1, 2 * PACKET - 1, 2 * PACKET, 300]),
  },
  {
    deviation: "first-half-of-key",
    official: "a message that ends in a single byte of padding",
    revisions: WITH_PACKETS,
    files: filesOf([15, PACKET - 1, 2 * PACKET - 1]),
  },
  {
    deviation: "acknowledgement-per-packet",
    official: "several packets, and a last one that is full",
    revisions: ["2024c"],
    files: filesOf([300, 2 * PACKET - 1, PACKET - 1]),
  },
  {
    deviation: "no-verdict",
    official: "a verdict on each of several files, as the last thing that its client says",
    revisions: ALL,
    files: filesOf([0, 1, 300]),
  },
  {
    deviation: "checksum-per-packet",
    official: "the same on a new connection, with a retry",
    revisions: ALL,
    files: filesLikePadding([PACKET + 1, 300]).map((file) => ({ ...file, doubted: 1 })),
  },
  {
    deviation: "zeros-between-requests",
    official: "an id that begins with 15 zeros, after a public key, a packet and a verdict",
    revisions: ALL,
    files: filesOf([0, 300]),
    clientId: idWithZeros(15),
  },
  {
    deviation: "padded-requests",
    official: "a request 5 bytes short of 65,535, followed by an id that begins with 5 zeros",
    revisions: ["2023a", "2023c"],
    // 23 bytes of header, 259 of fields and 65,248 of content are 65,530.
    files: filesOf([65_240]),
    clientId: idWithZeros(5),
  },
  {
    deviation: "padded-requests",
    official: "the same in 2022c, whose fields are larger",
    revisions: ["2022c"],
    // 23 + 275 + 65,232 are 65,530 again.
    files: filesOf([65_224]),
    clientId: idWithZeros(5),
  },
];

/** Files whose first packet ends in what would be padding if it were the last one. */
export function filesLikePadding(sizes: readonly number[]): readonly FieldFile[] {
  return sizes.flatMap((size) =>
    [1, 2, 16].map((padding) => {
      const plain = new Uint8Array(size).fill(0x55);
      plain.fill(padding, PACKET - padding, PACKET);
      return { name: `${size} bytes, ${padding} like padding`, plain };
    })
  );
}

function idWithZeros(count: number): ClientId {
  return clientIdOf(Uint8Array.from({ length: 16 }, (_, at) => at < count ? 0 : at + 1));
}
