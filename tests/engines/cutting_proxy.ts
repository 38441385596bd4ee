/** What a proxy does with the connection over which a commit is asked for. */
export type Cut =
  /** Passes everything. */
  | "nothing"
  /** Passes the commit, and closes the connection before its answer. */
  | "answer"
  /** Closes the connection, and the commit does not reach the database. */
  | "commit"
  /** As `answer`, and refuses all connections from then on. */
  | "everything";

/**
 * A proxy in front of a database, which cuts a connection when its first COMMIT passes. Later ones
 * of a connection are prepared, and are not seen.
 */
export class CuttingProxy implements AsyncDisposable {
  /** What happens to the next COMMIT that is seen; `nothing` again after it. */
  cut: Cut = "nothing";
  /** Whether connections are accepted. */
  isOpen = true;
  /** The port on 127.0.0.1. */
  readonly port: number;
  /** Resolves when a commit was cut. */
  readonly whenCut = Promise.withResolvers<void>();
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #to: number;
  readonly #open = new Set<Deno.TcpConn>();
  readonly #running: Promise<void>[] = [];

  /** `to` is the port of the database on 127.0.0.1. */
  constructor(to: number) {
    this.#to = to;
    this.port = this.#listener.addr.port;
    this.#running.push(this.#accept());
  }

  /** Closes everything. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    this.#closeAll();
    await Promise.all(this.#running);
  }

  async #accept(): Promise<void> {
    try {
      for await (const client of this.#listener) {
        if (this.isOpen) this.#running.push(this.#pass(client));
        else client.close();
      }
    } catch {
      // It was closed.
    }
  }

  async #pass(client: Deno.TcpConn): Promise<void> {
    const server = await Deno.connect({ hostname: "127.0.0.1", port: this.#to });
    const ends = [client, server];
    for (const end of ends) this.#open.add(end);
    await Promise.all([
      this.#copy(client, server, { isAsking: true }),
      this.#copy(server, client, { isAsking: false }),
    ]);
    for (const end of ends) this.#close(end);
  }

  async #copy(
    from: Deno.TcpConn,
    to: Deno.TcpConn,
    { isAsking }: { readonly isAsking: boolean },
  ): Promise<void> {
    const buffer = new Uint8Array(65_536);
    try {
      for (;;) {
        const size = await from.read(buffer);
        if (size === null) break;
        const bytes = buffer.subarray(0, size);
        const cut = isAsking && asksForCommit(bytes) ? this.cut : "nothing";
        if (cut === "nothing") {
          await writeAll(to, bytes);
          continue;
        }
        this.cut = "nothing";
        this.isOpen = cut !== "everything";
        this.#close(from);
        // The database has done it when it closes, in its turn.
        if (cut !== "commit") await writeAll(to, bytes);
        if (cut === "everything") this.#closeAll();
        await to.closeWrite().catch(() => {});
        this.whenCut.resolve();
        return;
      }
      await to.closeWrite();
    } catch {
      // One of them is closed, and so is the other one soon.
      this.#close(from);
      this.#close(to);
    }
  }

  #closeAll(): void {
    for (const end of [...this.#open]) this.#close(end);
  }

  #close(end: Deno.TcpConn): void {
    if (!this.#open.delete(end)) return;
    end.close();
  }
}

function asksForCommit(bytes: Uint8Array): boolean {
  return new TextDecoder("latin1").decode(bytes).includes("COMMIT\0");
}

async function writeAll(to: Deno.TcpConn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await to.write(bytes.subarray(at));
}
