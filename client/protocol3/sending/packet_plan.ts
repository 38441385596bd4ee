import type { Revision } from "../../../shared/protocol3/revision.ts";
import { BLOCK_SIZE } from "../../../shared/protocol3/crypto/cbc.ts";
import { type ClientError, localError } from "../../client_error.ts";

/** The most packets of a file: their number is an unsigned 16-bit integer. */
export const MAX_PACKETS = 0xffff;

/** The most bytes in a payload: its size is an unsigned 32-bit number. */
const MAX_PAYLOAD = 0xffff_ffff;

/** Bytes of content in a packet by default (decision 0011). */
const DEFAULT_PACKET_SIZE = 32 * 1024;

/**
 * The same for contents of more than `LARGE_CONTENT` bytes: each packet costs both sides a write, a
 * read and a head, and no server that takes one read for a packet would get through such a file
 * anyway.
 */
const LARGE_PACKET_SIZE = 1024 * 1024;

/** Bytes above which a content is large. */
const LARGE_CONTENT = 16 * 1024 * 1024;

/** How a content is cut into packets. */
export interface PacketPlan {
  /** Bytes of the whole encrypted file; has no meaning if packets are encrypted separately. */
  readonly contentSize: number;
  /** Bytes of content in each packet but the last. */
  readonly packetSize: number;
  /** How many packets there are, at least 1. */
  readonly packets: number;
  /** Bytes of the plain file in each packet but the last, if packets are encrypted separately. */
  readonly messageSize?: number;
}

/** The constraints of a plan. */
export interface PlanTerms {
  readonly revision: Revision;
  /** Bytes of content in a packet, if the user has set it. */
  readonly wanted?: number | undefined;
  /** Whether the file must be one packet. */
  readonly whole?: boolean;
}

/**
 * Decides how a content of `contentSize` bytes is cut. In a revision with packets, they have
 * `wanted` bytes, or by default a size that is small but sufficient.
 *
 * Throws a `ClientError`: `packet-size-too-small` when more packets would be needed than can be
 * numbered, `file-too-large` when one payload cannot hold the file.
 */
export function planPackets(
  contentSize: number,
  { revision, wanted, whole = false }: PlanTerms,
): PacketPlan {
  if (!revision.packets || whole) {
    if (revision.requests.file.layout.size + contentSize > MAX_PAYLOAD) {
      throw localError(
        "file-too-large",
        `Revision ${revision.name} sends a file in one message of less than 4 GiB; this one does ` +
          "not fit, split it",
      );
    }
    return { contentSize, packetSize: contentSize, packets: 1 };
  }
  const least = Math.ceil(contentSize / MAX_PACKETS);
  if (wanted !== undefined && wanted < least) throw packetSizeTooSmall(wanted, least);
  const packetSize = wanted ?? defaultPacketSize(contentSize);
  return { contentSize, packetSize, packets: Math.ceil(contentSize / packetSize) };
}

/**
 * As `planPackets()`, for a plain file of `size` bytes whose packets are encrypted separately, and
 * so have whole blocks of which at least the last byte is padding.
 */
export function planSealedPackets(size: number, { wanted }: PlanTerms): PacketPlan {
  const least = wholeBlocks(Math.ceil(size / MAX_PACKETS)) + BLOCK_SIZE;
  const packetSize = wholeBlocks(wanted ?? Math.max(defaultPacketSize(size), least));
  if (packetSize < least) throw packetSizeTooSmall(wanted ?? packetSize, least);
  const messageSize = packetSize - 1;
  const packets = Math.max(1, Math.ceil(size / messageSize));
  return { contentSize: packetSize, packetSize, packets, messageSize };
}

/** Enough for the largest file: 65,535 packets of it are far more than 4 GiB. */
function defaultPacketSize(contentSize: number): number {
  return contentSize > LARGE_CONTENT ? LARGE_PACKET_SIZE : DEFAULT_PACKET_SIZE;
}

function wholeBlocks(size: number): number {
  return size - size % BLOCK_SIZE;
}

function packetSizeTooSmall(wanted: number, least: number): ClientError {
  return localError(
    "packet-size-too-small",
    `The file needs more than ${MAX_PACKETS} packets of ${wanted} bytes; use a --packet-size of ` +
      `at least ${least}`,
  );
}
