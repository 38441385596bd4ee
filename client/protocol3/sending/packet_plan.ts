import { BLOCK_SIZE, encryptedSize } from "../../../shared/protocol3/crypto/cbc.ts";
import type { Revision } from "../../../shared/protocol3/revision.ts";
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

/** How the packets of a file are sent. */
export interface Pace {
  /** Bytes of content in a packet; undefined for the default. */
  readonly packetSize: number | undefined;
  /** Milliseconds to wait between two packets. */
  readonly packetDelay: number;
}

/**
 * What servers in the field needed, in the order in which it is tried (decision 0053): the packets
 * of a server's own client and a time to take each, long pauses, and the smallest buffer.
 */
const GENTLER = [
  { packetSize: 7902, packetDelay: 5 },
  { packetSize: 2048, packetDelay: 200 },
  { packetSize: 1024, packetDelay: 2 },
] as const satisfies readonly Pace[];

/** Milliseconds that all pauses of a file may take; with longer ones a pace is not tried. */
const LONGEST_PAUSES = 300_000;

/** The figures that servers in the field needed, for an error message. */
const PACING_ADVICE: string = "if it cannot take such packets, try --packet-size and " +
  "--packet-delay that others needed (2048 and 200ms, 8192 and 2ms, 7902 and 5ms, 1024 and 2ms)";

/**
 * What may help where a file is one request. A server that waits for the first file after a
 * handshake was seen to receive 65,536 bytes of it at once, and one that came late 127,973, which
 * is what the buffer of a connection takes by default on Linux (`docs/field.md`).
 */
const ONE_RECEIVE_ADVICE = "some servers take only what a single receive brings of it, often at " +
  "most 64 KiB: send them smaller files, or this one in parts (split -b 60000)";

/**
 * Finds out at which pace a server takes files: after an error amid a file, other paces are tried
 * in turn, and the one that worked stays.
 */
export class Pacing {
  readonly #isGiven: boolean;
  #proven: Pace;
  #pace: Pace;
  /** Bytes of the present file's encrypted content. */
  #content = 0;
  #left: readonly Pace[] = [];
  /** Whether the server took a file for which a gentler pace would have made a difference. */
  #isFast = false;

  /** Begins with a pace, which is kept if `isGiven`. */
  constructor(pace: Pace, { isGiven }: { readonly isGiven: boolean }) {
    this.#proven = this.#pace = pace;
    this.#isGiven = isGiven;
  }

  /** Begins a file of `size` bytes, at the pace that worked last. */
  begin(size: number): void {
    this.#content = encryptedSize(size);
    this.#pace = this.#proven;
    this.#left = this.#isGiven || this.#isFast ? [] : GENTLER.filter((pace) => this.#helps(pace));
  }

  /**
   * What may help against errors amid the present file, for an error message; undefined if it is
   * not larger than the smallest packets.
   */
  adviceIn({ name, packets }: Revision): string | undefined {
    if (this.#content <= Math.min(...GENTLER.map(({ packetSize }) => packetSize))) return undefined;
    return packets ? PACING_ADVICE : `then try again; a file is one request in ${name}, and ` +
      ONE_RECEIVE_ADVICE;
  }

  /**
   * The pace for the present file. If the user has not given the size, packets are as large as the
   * file needs at least, so that they can be numbered.
   */
  get pace(): Pace {
    const { packetSize, packetDelay } = this.#pace;
    if (packetSize === undefined || this.#isGiven) return this.#pace;
    // One more block, for packets that are encrypted separately.
    const least = Math.ceil(this.#content / MAX_PACKETS / BLOCK_SIZE + 1) * BLOCK_SIZE;
    return { packetSize: Math.max(packetSize, least), packetDelay };
  }

  /** Turns to the next pace after an error; returns whether there was one. */
  slowDown(): boolean {
    const [next, ...left] = this.#left;
    if (next === undefined) return false;
    this.#left = left;
    this.#pace = next;
    return true;
  }

  /** Records that the file arrived; returns the pace to remember. */
  worked(): Pace {
    this.#isFast ||= this.#pace.packetSize === undefined &&
      GENTLER.some((pace) => this.#content > pace.packetSize);
    return this.#proven = this.#pace;
  }

  /** Whether a pace cuts the file into more packets, and takes no longer than it may. */
  #helps({ packetSize, packetDelay }: typeof GENTLER[number]): boolean {
    const before = this.#proven.packetSize ?? Infinity;
    return packetSize < before && packetSize < this.#content &&
      this.#content / packetSize * packetDelay <= LONGEST_PAUSES;
  }
}
