/** Where a server in the field reads from. */

import { PADDING_BLOCK } from "../../shared/protocol3/message.ts";
import { joined } from "../kernel/golden_vectors.ts";
import type { ServerHabits } from "./server_habits.ts";

/** More than any request of a test that is meant to come in one piece. */
const LARGE_BUFFER = 2 * 1024 * 1024;

/** The connection ended inside a request, or a request is not where it has to be. */
export class CutOff extends Error {
  override readonly name = "CutOff";
}

/** The bytes of one connection, request by request, taken as the server's habits have it. */
export class RequestSource {
  readonly #conn: Deno.TcpConn;
  readonly #habits: ServerHabits;
  #held: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  /** Bytes taken since the request began. */
  #taken = 0;
  #isBusy = () => false;

  constructor(conn: Deno.TcpConn, habits: ServerHabits) {
    this.#conn = conn;
    this.#habits = habits;
  }

  /**
   * Waits for the first bytes of a request; false when the connection ends instead. Throws `CutOff`
   * when the server is busy.
   */
  async begin(): Promise<boolean> {
    this.#taken = 0;
    const begun = this.#held.byteLength > 0 || await this.#receive();
    if (begun && this.#isBusy()) throw new CutOff("It came while the packet before was dealt with");
    this.#isBusy = () => false;
    return begun;
  }

  /** Takes what comes while something holds for a part of the request before. */
  busyWhile(holds: () => boolean): void {
    this.#isBusy = holds;
  }

  /** The next `size` bytes of the request. Throws `CutOff` when there are not so many. */
  async take(size: number): Promise<Uint8Array<ArrayBuffer>> {
    const due = this.#habits.paddedRequests ? this.#blocks(size) : size;
    while (this.#held.byteLength < due) {
      if (this.#habits.takesOneReceive) {
        throw new CutOff(`The receive brought ${this.#held.byteLength} of ${due} bytes`);
      }
      if (!await this.#receive()) throw new CutOff("The connection ended inside a request");
    }
    const bytes = this.#held.slice(0, size);
    this.#held = this.#held.slice(size);
    this.#taken += size;
    return bytes;
  }

  /** Ends a request: drops what fills it up, or came with it. Throws `CutOff` when that is more. */
  end(): void {
    const { paddedRequests, takesOneReceive } = this.#habits;
    if (paddedRequests) {
      const zeros = this.#held.slice(0, this.#blocks(0));
      if (zeros.some((byte) => byte !== 0)) throw new CutOff("A block is not filled up with zeros");
      this.#held = this.#held.slice(zeros.byteLength);
    } else if (takesOneReceive && this.#held.byteLength > 0) {
      throw new CutOff("The receive brought more than the request");
    }
  }

  /** How many bytes have to be held so that the request with `size` more bytes is whole blocks. */
  #blocks(size: number): number {
    return Math.ceil((this.#taken + size) / PADDING_BLOCK) * PADDING_BLOCK - this.#taken;
  }

  async #receive(): Promise<boolean> {
    const buffer = new Uint8Array(LARGE_BUFFER);
    const size = await this.#conn.read(buffer);
    if (size === null) return false;
    this.#held = joined([this.#held, buffer.subarray(0, size)]);
    return true;
  }
}
