import { Buffer } from "node:buffer";
import type { ByteQueue } from "../../wire/byte_queue.ts";
import { CLIENT_ID_SIZE, sameBytes } from "../../wire/client_id.ts";
import type { Values } from "../../wire/layout.ts";
import { PADDING_BLOCK, REQUEST_HEADER } from "../message.ts";

/** The values of a request header. */
export type Header = Values<typeof REQUEST_HEADER>;

/** Bytes that are examined at a time. */
const WINDOW = 4096;

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
  constructor(requestSize: number, clientId: Uint8Array) {
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
 * client begins. Returns how many bytes may remain to be dropped, 0 if the next request is due.
 */
export function dropSurplus(
  queue: ByteQueue,
  { left, clientId, makesSense }: {
    readonly left: number;
    readonly clientId: Uint8Array;
    readonly makesSense: MakesSense;
  },
): { readonly left: number; readonly search: Search } {
  for (;;) {
    if (left === 0) return NOTHING_LEFT;
    const window = queue.glance(WINDOW);
    const at = Math.min(left, startIn(window, { clientId, makesSense }));
    queue.drop(at);
    left -= at;
    if (left > 0 && window.byteLength - at >= REQUEST_HEADER.size) {
      return { left: 0, search: "found" };
    }
    if (left > 0 && queue.size < REQUEST_HEADER.size) {
      queue.hold();
      return { left, search: "wait" };
    }
  }
}

/**
 * The position at which a request of the client begins or, at the end of the bytes, may begin; else
 * the end.
 */
function startIn(
  window: Uint8Array,
  { clientId, makesSense }: { readonly clientId: Uint8Array; readonly makesSense: MakesSense },
): number {
  const bytes = Buffer.from(window.buffer, window.byteOffset, window.byteLength);
  for (let at = bytes.indexOf(clientId); at >= 0; at = bytes.indexOf(clientId, at + 1)) {
    const rest = window.subarray(at);
    if (rest.byteLength < REQUEST_HEADER.size) return at;
    if (makesSense(REQUEST_HEADER.decode(rest))) return at;
  }
  for (let known = Math.min(CLIENT_ID_SIZE - 1, window.byteLength); known > 0; known--) {
    const at = window.byteLength - known;
    if (sameBytes(window.subarray(at), clientId.subarray(0, known))) return at;
  }
  return window.byteLength;
}
