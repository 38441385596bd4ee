/** Our own server in this process, for tests of the client's habits and of its probe. */

import { DEFAULT_LIMITS } from "../../server/settings/limit_settings.ts";
import { runServer } from "../../server/run_server.ts";
import { committerOver } from "../storage/committer_over.ts";
import { MemoryStore } from "../storage/memory_store.ts";
import { SqliteCatalog } from "../../server/storage/sqlite/sqlite_catalog.ts";
import { type TemporaryFolder, temporaryFolder } from "../peers/temporary_folder.ts";
import { SYSTEM_CLOCK } from "../../server/system_clock.ts";
import { type Address, formatAddress } from "../../shared/text/address.ts";
import type { RevisionName } from "../../shared/protocol3/revision.ts";
import { clientRows, databaseIn } from "../end_to_end/fixtures/data_folder.ts";
import type { OnRecord } from "../peers/official_answers.ts";
import { SILENT, storedFiles } from "../peers/test_services.ts";

/**
 * A whole server on a free port of the loopback, with a catalog of its own and a store in memory.
 */
export class OwnServer implements AsyncDisposable {
  readonly revision: RevisionName | "auto";
  readonly #folder: TemporaryFolder;
  readonly #catalog: SqliteCatalog;
  readonly #store = new MemoryStore();
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #stopping = new AbortController();
  readonly #running: Promise<void>;

  private constructor(
    revision: RevisionName | "auto",
    { folder, catalog }: { readonly folder: TemporaryFolder; readonly catalog: SqliteCatalog },
  ) {
    this.revision = revision;
    this.#folder = folder;
    this.#catalog = catalog;
    this.#running = runServer({
      clock: SYSTEM_CLOCK,
      listeners: [{ listener: this.#listener, revision, addresses: [formatAddress(this.address)] }],
      catalog,
      store: this.#store,
      committer: committerOver({ catalog, store: this.#store }),
      limits: { ...DEFAULT_LIMITS, fileSize: 1 << 24 },
      strict: false,
      grace: 0,
      log: SILENT,
      stopping: this.#stopping.signal,
    });
  }

  /** A server with nothing on record. */
  static async open(revision: RevisionName | "auto"): Promise<OwnServer> {
    const folder = await temporaryFolder();
    const catalog = await SqliteCatalog.open({
      path: databaseIn(folder.path),
      clock: SYSTEM_CLOCK,
    });
    return new OwnServer(revision, { folder, catalog });
  }

  /** Where it listens. */
  get address(): Address {
    const { hostname: host, port } = this.#listener.addr;
    return { host, port };
  }

  /** Puts a client on record, as if it had come before. */
  async admit({ name, clientId: id, publicKey }: OnRecord): Promise<void> {
    const revision = this.revision === "auto" ? "2024a" : this.revision;
    await this.#catalog.register({ id, name, revision });
    if (publicKey) await this.#catalog.keepKeys({ id, publicKey, aesKey: new Uint8Array(32) });
  }

  /** The names of all clients that have registered. */
  get clients(): readonly string[] {
    return clientRows(databaseIn(this.#folder.path)).map(({ name }) => name);
  }

  /** All files on record, by name, with their contents. */
  async files(): Promise<Readonly<Record<string, Uint8Array>>> {
    return await storedFiles({ catalog: this.#catalog, store: this.#store });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    await this.#catalog[Symbol.asyncDispose]();
    await this.#folder[Symbol.asyncDispose]();
  }
}
