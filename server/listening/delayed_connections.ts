import { close } from "./deadlines/deadline.ts";
import { ReadBuffer } from "./read_buffer.ts";

/** How a connection waits to be opened; see `Admission.waitToOpen()`. */
export type Wait = (open: () => void) => (() => void) | undefined;

/**
 * Connections beyond the rate of their address, until they may be opened. Each is read meanwhile:
 * one whose client has closed it ends, and counts no more. So a program that opens and closes
 * connections without a pause, or resets them, does not keep others of its address out. (A client
 * that sent more than 4 KiB is not heard to leave.)
 */
export class DelayedConnections implements Disposable {
  readonly #waiting = new Map<Deno.TcpConn, () => void>();

  /** The number of connections that wait. */
  get size(): number {
    return this.#waiting.size;
  }

  /**
   * Delays a connection until `wait` lets it be opened; then `open` takes it over, with what was
   * read. Returns false if it may not wait. `gone` is called if it ends before.
   */
  delay(
    conn: Deno.TcpConn,
    { wait, open, gone, buffer = new ReadBuffer() }: {
      readonly wait: Wait;
      readonly open: (buffer: ReadBuffer) => void;
      readonly gone: () => void;
      /** With what was read of it already. */
      readonly buffer?: ReadBuffer | undefined;
    },
  ): boolean {
    const leave = wait(() => {
      this.#waiting.delete(conn);
      open(buffer);
    });
    if (leave === undefined) return false;
    this.#waiting.set(conn, leave);
    const end = () => {
      if (!this.#waiting.delete(conn)) return;
      leave();
      close(conn);
      gone();
    };
    buffer.fill(conn).then((ended) => ended && end(), end);
    return true;
  }

  /** Closes those that wait. */
  [Symbol.dispose](): void {
    for (const [conn, leave] of this.#waiting) {
      leave();
      close(conn);
    }
    this.#waiting.clear();
  }
}
