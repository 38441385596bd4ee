import { createHmac, timingSafeEqual } from "node:crypto";
import type { Clock } from "../../../shared/clock.ts";
import type { ProblemReason } from "../../../shared/protocol4/problem.ts";
import type { SharedSecrets } from "../../storage/shared_secrets.ts";
import { NONCE_SIZE } from "../../../shared/protocol4/keys/signed_bytes.ts";

/** Milliseconds for which a nonce may be used (docs/protocol-4.md, "Nonces"). */
export const NONCE_TIME = 60_000;

/** Used nonces that are remembered; beyond it no other one is accepted until one is too old. */
export const MOST_USED = 10_000;

/** The bytes of a nonce: when it was made, random bytes, and a seal over both for the rest. */
const TIME = 8;
const RANDOM = 16;
const SEAL = NONCE_SIZE - TIME - RANDOM;

/**
 * Why a nonce is not accepted: this server did not make it, or made it before it was started again,
 * or more than `NONCE_TIME` ago; it was used before; too many were used within `NONCE_TIME`.
 */
export type NonceFault = ProblemReason & ("nonce-unknown" | "nonce-used" | "server-busy");

export interface NoncesOptions {
  readonly clock: Pick<Clock, "now">;
  /** Used nonces that are remembered. Default: `MOST_USED`. */
  readonly mostUsed?: number;
  /** Where several servers accept each other's nonces. */
  readonly shared?: SharedNonces;
}

/** What servers need that accept each other's nonces, each once. */
export interface SharedNonces extends Pick<SharedSecrets, "useOnce" | "date"> {
  /** The key of the seal, 32 bytes, which all of them have. */
  readonly key: Uint8Array<ArrayBuffer>;
}

/** The name under which servers keep the key of the seal, in hexadecimal digits. */
const SEAL_KEY = "nonces.key";

/** Returns what servers need that share secrets: the first makes the key. */
export async function sharedNonces(shared: SharedSecrets): Promise<SharedNonces> {
  const made = crypto.getRandomValues(new Uint8Array(32)).toHex();
  const key = Uint8Array.fromHex(await shared.keep(SEAL_KEY, made));
  return {
    key,
    date: () => shared.date(),
    useOnce: (what, milliseconds) => shared.useOnce(what, milliseconds),
  };
}

/**
 * Makes nonces and accepts each of them once, for a minute. One that was handed out takes no
 * memory: the time in it is sealed with a key that ends with the server, or is shared by several.
 */
export class Nonces {
  readonly #clock: Pick<Clock, "now">;
  readonly #mostUsed: number;
  readonly #key: Uint8Array<ArrayBuffer>;
  readonly #shared: SharedNonces | undefined;
  /** When each used nonce was used, by its random bytes; the oldest use first. */
  readonly #used = new Map<string, number>();

  constructor({ clock, mostUsed = MOST_USED, shared }: NoncesOptions) {
    this.#shared = shared;
    this.#key = shared?.key ?? crypto.getRandomValues(new Uint8Array(32));
    this.#clock = clock;
    this.#mostUsed = mostUsed;
  }

  /** The number of used nonces that are remembered. */
  get size(): number {
    return this.#used.size;
  }

  /** Makes a nonce of `NONCE_SIZE` bytes. */
  make(): Uint8Array<ArrayBuffer> {
    const nonce = new Uint8Array(NONCE_SIZE);
    new DataView(nonce.buffer).setFloat64(0, this.#now());
    crypto.getRandomValues(nonce.subarray(TIME, TIME + RANDOM));
    nonce.set(this.#seal(nonce), TIME + RANDOM);
    return nonce;
  }

  /** Uses a nonce up. Returns why it is not accepted, or undefined if it is. */
  async use(nonce: Uint8Array): Promise<NonceFault | undefined> {
    if (nonce.byteLength !== NONCE_SIZE) return "nonce-unknown";
    if (!timingSafeEqual(this.#seal(nonce), nonce.subarray(TIME + RANDOM))) return "nonce-unknown";
    const now = this.#now();
    const { buffer, byteOffset } = nonce;
    const made = new DataView(buffer, byteOffset).getFloat64(0);
    // Of servers with one database a clock may be behind; one that was set back is by more.
    if (Math.abs(now - made) > NONCE_TIME) return "nonce-unknown";
    const what = nonce.subarray(0, TIME + RANDOM);
    if (this.#shared !== undefined) {
      // A clock that was behind may have made it: it is remembered for longer than it holds.
      return await this.#shared.useOnce(what, 2 * NONCE_TIME) ? undefined : "nonce-used";
    }
    this.#forget(now);
    const name = String.fromCharCode(...what);
    if (this.#used.has(name)) return "nonce-used";
    if (this.#used.size >= this.#mostUsed) return "server-busy";
    this.#used.set(name, now);
    return undefined;
  }

  /** Forgets those that are expired by now: each was made before it was used. */
  #forget(now: number): void {
    for (const [name, used] of this.#used) {
      if (now - used <= NONCE_TIME) return;
      this.#used.delete(name);
    }
  }

  #now(): number {
    return this.#shared?.date().getTime() ?? this.#clock.now();
  }

  #seal(nonce: Uint8Array): Uint8Array {
    const content = nonce.subarray(0, TIME + RANDOM);
    return createHmac("sha256", this.#key).update(content).digest().subarray(0, SEAL);
  }
}
