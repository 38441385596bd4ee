/**
 * A client that misbehaves on purpose: it sends anything, stops anywhere, changes the order,
 * repeats, drips and stalls. What is well-formed about it comes from a `TestClient`.
 */

import type { Reply } from "../../shared/protocol3/reply.ts";
import type { SocketLink } from "../peers/socket_link.ts";
import { TestClient, type TestClientOptions } from "../peers/test_client.ts";

/** One connection of an attacker to a server; closed when it is disposed of. */
export class RoguePeer implements Disposable {
  /** Makes the messages that an honest client would send, and reads replies. */
  readonly client: TestClient;
  readonly #line: SocketLink;

  /** Takes the line over. */
  constructor(line: SocketLink, options: TestClientOptions = {}) {
    this.#line = line;
    this.client = new TestClient(line, options);
  }

  /** Sends bytes, whatever they are; false when the server had hung up. */
  async send(...pieces: readonly Uint8Array[]): Promise<boolean> {
    try {
      for (const piece of pieces) await this.#line.send(piece);
      return true;
    } catch (error) {
      if (isLoss(error)) return false;
      throw error;
    }
  }

  /** Sends the beginning of something and stalls: nothing follows, and the connection stays. */
  async stopAt(bytes: Uint8Array, offset: number): Promise<void> {
    await this.send(bytes.subarray(0, offset));
  }

  /** Sends the same thing again and again; returns how often, the server hanging up or not. */
  async repeat(bytes: Uint8Array, times: number): Promise<number> {
    for (let time = 0; time < times; time++) if (!await this.send(bytes)) return time;
    return times;
  }

  /** Sends messages in an order of its own; a number may come several times, or not at all. */
  async inOrder(messages: readonly Uint8Array[], order: readonly number[]): Promise<void> {
    for (const at of order) await this.send(messages[at] ?? new Uint8Array(0));
  }

  /**
   * Sends one piece after the other, and waits for `after` behind each, until the server hangs up
   * or all are sent and it does; returns what it said.
   */
  async drip(
    bytes: Iterable<Uint8Array>,
    after: () => Promise<void>,
  ): Promise<readonly Reply[]> {
    let over = false;
    const ended = this.ended().finally(() => over = true);
    for (const piece of bytes) {
      const waited = after();
      if (over || !await this.send(piece)) break;
      await Promise.race([waited, ended]);
    }
    return await ended;
  }

  /** All that the server still says until it ends the connection. */
  async ended(): Promise<readonly Reply[]> {
    const replies: Reply[] = [];
    try {
      for (;;) {
        const reply = await this.client.receive();
        if (reply === undefined) return replies;
        replies.push(reply);
      }
    } catch (error) {
      if (isLoss(error)) return replies;
      throw error;
    }
  }

  /** Closes the connection, in whatever state it is. May be repeated. */
  [Symbol.dispose](): void {
    this.#line.close();
  }
}

/** `bytes` cut into pieces of `size`. */
export function* pieces(bytes: Uint8Array, size = 1): Generator<Uint8Array, void, void> {
  for (let at = 0; at < bytes.byteLength; at += size) yield bytes.subarray(at, at + size);
}

function isLoss(error: unknown): boolean {
  return error instanceof Deno.errors.ConnectionReset ||
    error instanceof Deno.errors.BrokenPipe ||
    error instanceof Deno.errors.ConnectionAborted ||
    error instanceof Deno.errors.NotConnected;
}
