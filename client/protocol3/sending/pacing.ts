import { BLOCK_SIZE, encryptedSize } from "../../../shared/protocol3/crypto/cbc.ts";
import type { Revision } from "../../../shared/protocol3/revision.ts";
import { MAX_PACKETS } from "./packet_plan.ts";

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
