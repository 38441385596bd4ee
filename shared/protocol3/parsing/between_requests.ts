import type { ByteQueue } from "../../wire/frame_parser.ts";
import { CLIENT_ID_SIZE, type ClientId } from "../../wire/client_id.ts";
import type { Values } from "../../wire/layout.ts";
import { PADDING_BLOCK, PROTOCOL_VERSION, REQUEST_HEADER } from "../message.ts";
import { REVISIONS } from "../revision.ts";

/** The codes of all requests of all revisions. */
const REQUEST_CODES: ReadonlySet<number> = new Set(
  Object.values(REVISIONS).flatMap(({ requests }) =>
    Object.values(requests).map(({ code }) => code)
  ),
);

/** The values of a request header. */
export type Header = Values<typeof REQUEST_HEADER>;

/** Bytes that are examined at a time. */
const WINDOW = 4096;

/**
 * Bytes after a content that are searched for a request. The longest padding known of real clients
 * fills a packet up to 65,535 bytes (docs/field.md).
 */
const SEARCHED = 64 * 1024;

/** The most zeros at the start of a header: those of an id, and a version 0. */
const ZEROS_IN_HEADER = CLIENT_ID_SIZE + 1;

/**
 * The result of a search for the next request: more bytes are needed, it is next, or it cannot be
 * found.
 */
export type Search = "wait" | "found" | "lost";

/** Whether a header is plausible, judging by its code and its size. */
export type MakesSense = (header: Header) => boolean;

/** The zeros after a request: they may pad it, or only separate it from the next. */
export class ZerosBetween {
  readonly #due: number;
  /** The number of zeros at the start of the next header of the same client. */
  readonly #own: number;
  #dropped = 0;
  #run = 0;
  #filled = false;

  /**
   * `requestSize`: bytes of the request that is complete, its header included. `clientId`: the id
   * in that header.
   */
  constructor(requestSize: number, clientId: ClientId) {
    this.#due = (PADDING_BLOCK - requestSize % PADDING_BLOCK) % PADDING_BLOCK;
    this.#own = zerosBefore(clientId);
  }

  /** Whether zeros pad the request to a whole block; true once, when the last of them was read. */
  fillRequest(): boolean {
    if (this.#filled || this.#due === 0 || this.#run < this.#due) return false;
    return this.#filled = true;
  }

  /** Whether zeros were dropped that are not padding of the request. */
  get stray(): boolean {
    return this.#dropped > (this.#filled ? this.#due : 0);
  }

  /**
   * Drops zeros until a plausible header is next. The search begins without dropping any: the id in
   * a registration may be all zeros (protocol-3, decision 8).
   */
  search(queue: ByteQueue, makesSense: MakesSense): Search {
    for (;;) {
      // After zeros it must be plausible too, even if they were dropped before it arrived.
      const near = this.#dropped === 0 && queue.size > 0;
      if (near && queue.first !== 0) return "found";
      const window = queue.glance(WINDOW);
      const zeros = zerosBefore(window);
      const certain = Math.max(0, zeros - ZEROS_IN_HEADER);
      for (let at = certain; at <= zeros; at++) {
        if (at + REQUEST_HEADER.size > window.byteLength) {
          if (window.byteLength < WINDOW) return this.#wait(queue, { zeros, certain: at });
          break;
        }
        // The code first: any number of zeros may come, each few of them with this search.
        if (!REQUEST_CODES.has(codeAt(window, at))) continue;
        if (makesSense(REQUEST_HEADER.decode(window.subarray(at)))) {
          this.#drop(queue, at);
          return "found";
        }
      }
      if (zeros + REQUEST_HEADER.size <= window.byteLength) return "lost";
      this.#drop(queue, certain);
      if (this.#dropped > PADDING_BLOCK) return "lost";
    }
  }

  #wait(
    queue: ByteQueue,
    { zeros, certain }: { readonly zeros: number; readonly certain: number },
  ): Search {
    const all = this.#dropped + zeros;
    this.#drop(queue, certain);
    queue.hold();
    // The last zeros may belong to the next header, but not more of them than its id begins with.
    if (this.#due > this.#own) this.#run = all;
    return this.#dropped > PADDING_BLOCK ? "lost" : "wait";
  }

  #drop(queue: ByteQueue, size: number): void {
    queue.drop(size);
    this.#dropped += size;
    this.#run = Math.max(this.#run, this.#dropped);
  }
}

/** Nothing to drop, as after most packets. */
const NOTHING_LEFT = { left: 0, search: "found" } as const;

/** The number of zeros at the start of some bytes. */
function zerosBefore(bytes: Uint8Array): number {
  let zeros = 0;
  while (bytes[zeros] === 0) zeros++;
  return zeros;
}

/**
 * Drops what follows the content of a packet, `left` bytes at the most, until a request of the same
 * client begins. Only the first 64 KiB are searched for one: each of them costs far more than a
 * byte that is skipped. Returns how many bytes may remain to be dropped, 0 if the next request is
 * due.
 */
export function dropSurplus(
  queue: ByteQueue,
  { left, passed, previous, makesSense }: {
    readonly left: number;
    /** How many bytes were dropped before. */
    readonly passed: number;
    /** The header of the packet. */
    readonly previous: Header;
    readonly makesSense: MakesSense;
  },
): { readonly left: number; readonly search: Search } {
  for (let unsearched = SEARCHED - passed; left > 0;) {
    if (unsearched <= 0) {
      const skipped = Math.min(left, queue.size);
      queue.drop(skipped);
      return left === skipped ? NOTHING_LEFT : { left: left - skipped, search: "wait" };
    }
    const window = queue.glance(WINDOW);
    const at = Math.min(left, unsearched, startIn(window, { previous, makesSense }));
    queue.drop(at);
    left -= at;
    unsearched -= at;
    if (left === 0 || unsearched === 0) continue;
    if (window.byteLength - at >= REQUEST_HEADER.size) {
      return { left: 0, search: "found" };
    }
    if (queue.size < REQUEST_HEADER.size) {
      queue.hold();
      return { left, search: "wait" };
    }
  }
  return NOTHING_LEFT;
}

/**
 * The position at which a request of the client begins or, at the end of the bytes, may begin; else
 * the end.
 *
 * The client chooses both its bytes and, by registering often, its id, so that every position could
 * have its id: version and code are compared first, and a header is decoded last.
 */
function startIn(
  window: Uint8Array,
  { previous, makesSense }: { readonly previous: Header; readonly makesSense: MakesSense },
): number {
  const { clientId } = previous;
  const last = window.byteLength - REQUEST_HEADER.size;
  for (let at = 0; at <= last; at++) {
    const version = window[at + CLIENT_ID_SIZE];
    if (version !== PROTOCOL_VERSION && version !== previous.version) continue;
    if (!REQUEST_CODES.has(codeAt(window, at)) || !hasAt(window, at, clientId)) continue;
    if (makesSense(REQUEST_HEADER.decode(window.subarray(at)))) return at;
  }
  for (let at = Math.max(0, last + 1); at < window.byteLength; at++) {
    if (hasAt(window, at, clientId)) return at;
  }
  return window.byteLength;
}

/** The code of the header at a position: little-endian, after the id and the version. */
function codeAt(window: Uint8Array, at: number): number {
  const code = at + CLIENT_ID_SIZE + 1;
  return (window[code] ?? 0) | (window[code + 1] ?? 0) << 8;
}

/** Whether a position has the bytes of an id, as far as the window goes. */
function hasAt(window: Uint8Array, at: number, clientId: ClientId): boolean {
  const size = Math.min(CLIENT_ID_SIZE, window.byteLength - at);
  for (let index = 0; index < size; index++) {
    if (window[at + index] !== clientId[index]) return false;
  }
  return true;
}
