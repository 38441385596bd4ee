import type { Clock } from "../../../shared/clock.ts";
import { messageOf } from "../../../shared/text/quoted.ts";
import type { ClientError } from "../../client_error.ts";
import { LostConnection } from "./errors.ts";

/** What a connection is made of: a `Deno.TlsConn`, or a `Deno.TcpConn` for the clear request. */
export type Socket = Pick<Deno.Conn, "read" | "write" | "close">;

/** Bytes that are read ahead. TLS gives 16 KiB in a read at the most. */
const BUFFER_SIZE = 64 * 1024;

/** A socket with a buffer for what was read, an end that has a reason, and limits in time. */
export class Wire {
  readonly #socket: Socket;
  readonly #clock: Clock;
  readonly #buffer = new Uint8Array(BUFFER_SIZE);
  #start = 0;
  #end = 0;
  #fault: ClientError | undefined;

  constructor(socket: Socket, clock: Clock) {
    this.#socket = socket;
    this.#clock = clock;
  }

  /** Why it ended; undefined as long as it has not. */
  get fault(): ClientError | undefined {
    return this.#fault;
  }

  /** The bytes that are read and not consumed: a view that is valid until the next `more()`. */
  get waiting(): Uint8Array {
    return this.#buffer.subarray(this.#start, this.#end);
  }

  /** Milliseconds by its clock. */
  now(): number {
    return this.#clock.now();
  }

  /** Consumes this number of the bytes. */
  consume(size: number): void {
    this.#start += size;
  }

  /**
   * Reads more bytes; false when the server has ended the connection, or the buffer is full. Throws
   * the fault.
   */
  async more(): Promise<boolean> {
    if (this.#start > 0) {
      this.#buffer.copyWithin(0, this.#start, this.#end);
      this.#end -= this.#start;
      this.#start = 0;
    }
    if (this.#end === this.#buffer.byteLength) return false;
    const size = await this.read(this.#buffer.subarray(this.#end));
    this.#end += size;
    return size > 0;
  }

  /** Reads past the buffer, which must be empty; 0 at the end. Throws the fault. */
  async read(target: Uint8Array): Promise<number> {
    if (this.#fault !== undefined) throw this.#fault;
    try {
      return await this.#socket.read(target) ?? 0;
    } catch (error) {
      throw this.#fault ?? this.end(broken(error));
    }
  }

  /**
   * Writes all bytes. Throws the fault, or a `LostConnection` that does not end the wire: the
   * server may have answered before it closed.
   */
  async write(bytes: Uint8Array): Promise<void> {
    for (let rest = bytes; rest.byteLength > 0;) {
      if (this.#fault !== undefined) throw this.#fault;
      try {
        rest = rest.subarray(await this.#socket.write(rest));
      } catch (error) {
        throw this.#fault ?? broken(error);
      }
    }
  }

  /** Ends the wire with this fault after `milliseconds`, unless the returned function is called. */
  limit(milliseconds: number, fault: () => ClientError): () => void {
    return this.#clock.after(milliseconds, () => this.end(fault()));
  }

  /** Closes the socket. Returns why it ended, which is the first reason that was given. */
  end(fault: ClientError): ClientError {
    if (this.#fault !== undefined) return this.#fault;
    this.#fault = fault;
    this.#socket.close();
    return fault;
  }
}

function broken(error: unknown): LostConnection {
  return new LostConnection(
    "connection-lost",
    `The connection broke: ${messageOf(error)}; check the network, then try again`,
    error,
  );
}
