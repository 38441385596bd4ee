import type { Clock } from "../../../shared/clock.ts";
import { ConnectionFault } from "../connection_fault.ts";
import { Deadline, TimeoutError } from "./deadline.ts";
import { MinimumRate } from "./minimum_rate.ts";

/**
 * Milliseconds in which a client has to receive a reply. No setting: a reply of protocol 3 is some
 * hundred bytes, which the system takes at once unless the client reads nothing.
 */
const SEND_LIMIT = 30_000;

export interface SendingOptions {
  readonly clock: Clock;
  /** Bytes per second at which content has to be taken; 0 for any. */
  readonly leastRate: number;
  /** Milliseconds in which some content has to be taken. */
  readonly standstill: number;
  /** Called when so many bytes of content were taken. */
  readonly onSent: (bytes: number) => void;
}

/** The direction of a connection that goes to the client, with its deadlines. */
export class Sending implements Disposable {
  readonly #conn: Deno.Conn;
  readonly #options: SendingOptions;
  readonly #deadline: Deadline;
  readonly #rate: MinimumRate;
  /** Whether content is being sent. */
  #content = false;

  constructor(conn: Deno.Conn, options: SendingOptions) {
    this.#conn = conn;
    this.#options = options;
    this.#deadline = new Deadline(conn, options.clock);
    this.#rate = new MinimumRate(options.leastRate);
  }

  /** Sends all of a reply. Rejects if the client does not take it in time. */
  async send(bytes: Uint8Array): Promise<void> {
    for (let sent = 0; sent < bytes.byteLength;) {
      const wait = this.#conn.write(sent === 0 ? bytes : bytes.subarray(sent));
      sent += await this.#deadline.wait(wait, { limit: SEND_LIMIT });
    }
  }

  /** Why the connection was closed, if it was because content was not taken. */
  get fault(): ConnectionFault | undefined {
    if (!this.#deadline.late || !this.#content) return undefined;
    return tooSlow(`nothing of it for ${this.#options.standstill / 1000} s`);
  }

  /**
   * Sends all of these bytes of a file or an answer. Rejects with a `ConnectionFault` if the client
   * takes them too slowly; only the time in which none can be sent counts. That they were sent is
   * not told if `counts` is false.
   */
  async sendContent(
    bytes: Uint8Array,
    { counts = true }: { readonly counts?: boolean } = {},
  ): Promise<void> {
    const { clock, standstill: limit, onSent } = this.#options;
    this.#content = true;
    for (let rest = bytes; rest.byteLength > 0;) {
      const begun = clock.now();
      const size = await this.#deadline.wait(this.#conn.write(rest), { limit }).catch((error) => {
        throw error instanceof TimeoutError ? this.fault : error;
      });
      if (!this.#rate.isFastEnough(size, clock.now() - begun)) throw tooSlow("too little of it");
      rest = rest.subarray(size);
      if (counts) onSent(size);
    }
    this.#content = false;
  }

  /** Cancels the timer. */
  [Symbol.dispose](): void {
    this.#deadline[Symbol.dispose]();
  }
}

function tooSlow(what: string): ConnectionFault {
  return new ConnectionFault("reads-too-slowly", `An answer was sent, and the client took ${what}`);
}
