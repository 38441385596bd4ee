import type { Revision } from "../../shared/protocol/revision.ts";
import { localError } from "../client_error.ts";

/** The most packets that a file can come in: their number is an unsigned 16-bit one. */
const MAX_PACKETS = 0xffff;

/** The most bytes in a payload: its size is an unsigned 32-bit number. */
const MAX_PAYLOAD = 0xffff_ffff;

/**
 * Bytes of content in a packet unless something else is asked for: the few hundred bytes around a
 * packet cost one percent then.
 */
const DEFAULT_PACKET_SIZE = 32 * 1024;

/** How a content is cut into packets. */
export interface PacketPlan {
  /** Bytes of content in each packet but the last. */
  readonly packetSize: number;
  /** How many packets there are, at least 1. */
  readonly packets: number;
}

/**
 * Decides how a content of `contentSize` bytes is cut. Where a revision knows packets, they have
 * `wanted` bytes, or without a wish a number that is small but sufficient.
 *
 * Throws a `ClientError`: `packet-size-too-small` when more packets would be needed than can be
 * numbered, `file-too-large` when one payload cannot hold the file.
 */
export function planPackets(
  contentSize: number,
  { revision, wanted }: { readonly revision: Revision; readonly wanted?: number | undefined },
): PacketPlan {
  if (!revision.packets) {
    if (revision.fileHead.size + contentSize > MAX_PAYLOAD) {
      throw localError(
        "file-too-large",
        `Revision ${revision.name} sends a file in one message of less than 4 GiB; this one does ` +
          "not fit, split it",
      );
    }
    return { packetSize: contentSize, packets: 1 };
  }
  const least = Math.ceil(contentSize / MAX_PACKETS);
  if (wanted !== undefined && wanted < least) {
    throw localError(
      "packet-size-too-small",
      `The file needs more than ${MAX_PACKETS} packets of ${wanted} bytes; use a --packet-size of ` +
        `at least ${least}`,
    );
  }
  const packetSize = wanted ?? Math.max(DEFAULT_PACKET_SIZE, Math.ceil(least / 16) * 16);
  return { packetSize, packets: Math.ceil(contentSize / packetSize) };
}
