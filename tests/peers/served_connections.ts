/** Connections over loopback that are served as a server does it, without the rest of a server. */

import type { Services } from "../../server/conversation/services.ts";
import { serveConnection } from "../../server/network/connection.ts";
import type { RevisionName } from "../../shared/protocol/revision.ts";
import { SocketLine } from "./socket_line.ts";
import { SILENT } from "./test_services.ts";

/** Both ends of a connection. */
export interface ServedConnection {
  /** The client's end. */
  readonly line: SocketLine;
  /** Resolves when the server has done with it. */
  readonly served: Promise<void>;
}

/** One listener, and the connections to it. Disposing of it closes all, and waits for all. */
export class ServedConnections implements AsyncDisposable {
  /** Stops the server: what is under way may finish. */
  readonly stopping = new AbortController();
  /** Ends what did not finish. */
  readonly ending = new AbortController();
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #connections: ServedConnection[] = [];
  readonly #services: Services;
  readonly #revision: RevisionName | "auto";

  constructor(services: Services, revision: RevisionName | "auto" = "auto") {
    this.#services = services;
    this.#revision = revision;
  }

  /** Opens a connection and begins to serve it. */
  async connect(): Promise<ServedConnection> {
    const [line, conn] = await Promise.all([
      SocketLine.to(this.#listener),
      this.#listener.accept(),
    ]);
    const served = serveConnection(conn, {
      ...this.#services,
      revision: this.#revision,
      maxFileSize: 1 << 24,
      log: SILENT,
      stopping: this.stopping.signal,
      ending: this.ending.signal,
    });
    const connection = { line, served };
    this.#connections.push(connection);
    return connection;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const { line } of this.#connections) line.close();
    await Promise.all(this.#connections.map(({ served }) => served));
  }
}
