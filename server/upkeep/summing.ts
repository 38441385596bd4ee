import { Cksum } from "../../shared/cksum/cksum.ts";
import { sameBytes } from "../../shared/wire/bytes.ts";

/** A hash that takes bytes of any number. */
export interface Hashing {
  update(bytes: Uint8Array): void;
  digest(): Uint8Array;
}

/** Makes the hash of the contents of a tree (docs/protocol-4.md). */
export type NewTreeHash = () => Hashing;

/** The checksum of a file as it is on record: POSIX `cksum`, or a tree hash. */
export type Sum = number | Uint8Array;

/** Takes bytes for the checksum of a file, of the kind that is on record. */
export class Summing {
  readonly #expected: Sum;
  readonly #sum: { readonly update: (bytes: Uint8Array) => void; readonly digest: () => Sum };
  #size = 0;

  constructor(expected: Sum, newTreeHash: NewTreeHash) {
    this.#expected = expected;
    this.#sum = typeof expected === "number" ? new Cksum() : newTreeHash();
  }

  /** Bytes so far. */
  get size(): number {
    return this.#size;
  }

  /** Adds bytes. */
  add(bytes: Uint8Array): void {
    this.#sum.update(bytes);
    this.#size += bytes.length;
  }

  /** Whether what was added has the checksum that was expected. To be called once. */
  fits(): boolean {
    const found = this.#sum.digest();
    if (typeof found === "number" || typeof this.#expected === "number") {
      return found === this.#expected;
    }
    return sameBytes(found, this.#expected);
  }
}
