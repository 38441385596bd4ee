import { setImmediate } from "node:timers";

/** Rounds of the event loop after which Deno 2.9 has asked the system for input: 61, and some. */
const ROUNDS = 64;

/** Maximum number of other connections that may come before one's own. */
const MOST_STRANGERS = 16;

/**
 * Waits until the runtime has asked the system for new input. It does so only every 61st round of
 * its event loop while the program is busy, and each round would be a slice of work.
 *
 * A byte goes through a connection to oneself over loopback: it can arrive only if the system was
 * asked. Where there is no such connection, 64 empty rounds do the same.
 */
export class InputBarrier implements Disposable {
  #ends: readonly [Deno.TcpConn, Deno.TcpConn] | undefined;
  readonly #byte = new Uint8Array(1);

  private constructor(ends: readonly [Deno.TcpConn, Deno.TcpConn] | undefined) {
    this.#ends = ends;
  }

  /** Opens the connection, or does without it. */
  static async open(): Promise<InputBarrier> {
    return new InputBarrier(await connectToSelf().catch(() => undefined));
  }

  /** Whether it has the connection. */
  get connected(): boolean {
    return this.#ends !== undefined;
  }

  /** Resolves when the system was asked. Never rejects; not to be called again before. */
  async passed(): Promise<void> {
    if (this.#ends !== undefined && await this.#echo(this.#ends)) return;
    this[Symbol.dispose]();
    for (let round = 0; round < ROUNDS; round++) {
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
  }

  /** Closes the connection. */
  [Symbol.dispose](): void {
    for (const end of this.#ends ?? []) end.close();
    this.#ends = undefined;
  }

  async #echo([near, far]: readonly [Deno.TcpConn, Deno.TcpConn]): Promise<boolean> {
    try {
      const read = near.read(this.#byte);
      await far.write(this.#byte);
      return await read === 1;
    } catch {
      return false;
    }
  }
}

/** Returns both ends of a connection to this process. Rejects where there is none to be had. */
async function connectToSelf(): Promise<readonly [Deno.TcpConn, Deno.TcpConn]> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const near = await Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port });
  for (let strangers = 0; strangers < MOST_STRANGERS; strangers++) {
    const far = await listener.accept();
    if (far.remoteAddr.port === near.localAddr.port) {
      far.setNoDelay(true);
      return [near, far];
    }
    // Any process of this machine can connect first.
    far.close();
  }
  near.close();
  throw new Error("Other processes keep connecting");
}
