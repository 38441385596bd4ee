/** A proxy before a gateway, which counts what is asked for, and can lose an answer. */
export class S3Proxy implements AsyncDisposable {
  /** Where it answers, as `http://127.0.0.1:PORT`. */
  readonly endpoint: string;
  /** Method, path and query of the requests, in the order in which they came. */
  readonly requests: string[] = [];
  readonly #to: Deno.ConnectOptions;
  readonly #listener: Deno.TcpListener;
  readonly #pipes = new Set<Promise<void>>();
  readonly #connections = new Set<Deno.Conn>();
  #lost: RegExp | undefined;
  #awaited: { readonly pattern: RegExp; readonly come: () => void } | undefined;

  /** `endpoint` is that of the gateway. */
  constructor(endpoint: string) {
    const { hostname, port } = new URL(endpoint);
    this.#to = { hostname, port: Number(port) };
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.endpoint = `http://127.0.0.1:${this.#listener.addr.port}`;
    this.#keep(this.#accept());
  }

  /** Ends the connection in place of the answer to the next request that matches. */
  loseAnswerTo(request: RegExp): void {
    this.#lost = request;
  }

  /** Resolves at the next request that matches, before it is passed on. One call at a time. */
  seen(pattern: RegExp): Promise<void> {
    return new Promise((come) => this.#awaited = { pattern, come });
  }

  /** Forgets the requests that came until now. */
  forget(): void {
    this.requests.length = 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const connection of this.#connections) close(connection);
    await Promise.all(this.#pipes);
  }

  async #accept(): Promise<void> {
    try {
      for await (const connection of this.#listener) this.#keep(this.#serve(connection));
    } catch (error) {
      if (!(error instanceof Deno.errors.BadResource)) throw error;
    }
  }

  async #serve(client: Deno.Conn): Promise<void> {
    this.#connections.add(client);
    let gateway: Deno.Conn | undefined;
    try {
      gateway = await Deno.connect(this.#to);
      this.#connections.add(gateway);
      let isLost = false;
      const there = pump(client, gateway, (bytes) => {
        for (const request of requestsIn(bytes)) {
          this.requests.push(request);
          if (this.#awaited?.pattern.test(request)) this.#awaited.come();
          if (!this.#lost?.test(request)) continue;
          this.#lost = undefined;
          isLost = true;
        }
        return true;
      });
      const back = pump(gateway, client, () => !isLost);
      await Promise.race([there, back]);
    } catch {
      // The gateway is not there, or the listener is closed: the client sees its connection end.
    } finally {
      for (const connection of [client, gateway]) {
        if (connection === undefined) continue;
        close(connection);
        this.#connections.delete(connection);
      }
    }
  }

  #keep(pipe: Promise<void>): void {
    this.#pipes.add(pipe);
    pipe.finally(() => this.#pipes.delete(pipe));
  }
}

/** The requests that begin in these bytes. */
function requestsIn(bytes: Uint8Array): readonly string[] {
  const text = new TextDecoder("latin1").decode(bytes);
  const begins = /(GET|PUT|POST|HEAD|DELETE) (\/[!-~]*) HTTP\/1\.1\r\n/g;
  return [...text.matchAll(begins)].map(([, method, path]) => `${method} ${path}`);
}

/** Copies bytes until the end of one side, or until `passes` says no. */
async function pump(
  from: Deno.Conn,
  to: Deno.Conn,
  passes: (bytes: Uint8Array) => boolean,
): Promise<void> {
  const buffer = new Uint8Array(64 * 1024);
  try {
    for (;;) {
      const count = await from.read(buffer);
      if (count === null || !passes(buffer.subarray(0, count))) return;
      for (let at = 0; at < count;) at += await to.write(buffer.subarray(at, count));
    }
  } catch {
    // One of the sides is gone.
  }
}

function close(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.BadResource)) throw error;
  }
}
