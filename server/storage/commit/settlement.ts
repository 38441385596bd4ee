import { type ClientId, clientIdText } from "../../../shared/wire/client_id.ts";
import type { Catalog } from "../versions/catalog.ts";
import type { Finding } from "../versions/committer.ts";
import type { ContentJournal, PendingVersion } from "../versions/content_journal.ts";
import type { Intent, IntentLog } from "../versions/intent_log.ts";
import type { LateSync, PlacedContents } from "../versions/placed_contents.ts";
import { StorageError } from "../storage_error.ts";
import type { Store } from "../versions/store.ts";

/** Clients, or intents of a client, on a page. */
const ON_PAGE = 100;
/** Pending versions of a client that are in memory at once: 4 MiB at most. */
const PENDING_ON_PAGE = 64;

/**
 * How small files are committed: a journal for their contents, and a store that syncs them later.
 */
export interface SmallContents {
  readonly journal: ContentJournal;
  readonly store: LateSync;
}

export interface SettlementOptions {
  readonly catalog: Catalog & IntentLog;
  readonly store: Store & PlacedContents;
  readonly small: SmallContents | undefined;
  /** Reads contents to the end and returns their POSIX `cksum`, an unsigned 32-bit number. */
  readonly checksum: (contents: ReadableStream<Uint8Array>) => Promise<number>;
}

/**
 * Completes or withdraws the commits that an earlier run left unfinished, client by client: once
 * for each client, before any other work on its files.
 *
 * An intent is recorded if the file at its path has its size and checksum, and withdrawn if not.
 * Whether the contents are still staged does not decide: on a file system without a journal, a
 * crash may leave both names of a rename. Contents in the journal are moved to their path again.
 * May be interrupted at any point.
 */
export class Settlement {
  readonly #options: SettlementOptions;
  readonly #clients = new Map<string, Promise<void>>();
  /** Clients that could not be settled; undefined until all others are settled. */
  #left: Set<string> | undefined;
  #findings: Finding[] = [];

  constructor(options: SettlementOptions) {
    this.#options = options;
  }

  /**
   * Settles what is left of a client's files. Returns undefined if nothing is left. Rejects with a
   * `StorageError`.
   */
  client(clientId: ClientId): Promise<void> | undefined {
    const key = clientIdText(clientId);
    if (this.#left?.has(key) === false) return undefined;
    let settled = this.#clients.get(key);
    if (settled === undefined) {
      settled = this.#settle(clientId);
      this.#clients.set(key, settled);
      settled.then(() => this.#left?.delete(key), () => this.#clients.delete(key));
    }
    return settled;
  }

  /**
   * Settles what is left of all clients, until `stopping`. Yields its findings and those of
   * `client()`.
   */
  async *all(stopping: AbortSignal): AsyncIterable<Finding> {
    const left = new Set<string>();
    const { catalog, small } = this.#options;
    const sources = [
      (after: Uint8Array) => catalog.clientsWithIntents(after, ON_PAGE),
      (after: Uint8Array) => small?.journal.clientsWithPending(after, ON_PAGE) ?? [],
    ];
    for (const source of sources) {
      let after: Uint8Array = new Uint8Array();
      for (let page; (page = await source(after)).length > 0;) {
        for (const clientId of page) {
          if (stopping.aborted) return;
          try {
            await this.client(clientId);
          } catch (error) {
            left.add(clientIdText(clientId));
            yield { kind: "failed", error };
          }
          yield* this.#found();
          after = clientId;
        }
      }
    }
    this.#left = left;
    this.#clients.clear();
    yield* this.#found();
  }

  #found(): readonly Finding[] {
    const found = this.#findings;
    this.#findings = [];
    return found;
  }

  async #settle(clientId: ClientId): Promise<void> {
    const { catalog, small } = this.#options;
    for (let page; (page = await catalog.intents(clientId, ON_PAGE)).length > 0;) {
      await this.#settleIntents(page);
    }
    if (small === undefined) return;
    const limit = PENDING_ON_PAGE;
    // After the intents: a version recorded there replaces the pending one.
    for (
      let after = "", page;
      (page = await small.journal.pending({ clientId, after, limit })).length > 0;
    ) {
      await this.#restore(page, small);
      after = page.at(-1)?.fileName ?? "";
    }
  }

  /** Settles intents of one client, the oldest first. */
  async #settleIntents(intents: readonly Intent[]): Promise<void> {
    const { catalog, store } = this.#options;
    const placed: Intent[] = [];
    const others: Intent[] = [];
    const findings: Finding[] = [];
    for (const intent of intents) {
      const isStaged = await store.isStaged(intent.staged);
      const isPlaced = await this.#isPlaced(intent);
      (isPlaced ? placed : others).push(intent);
      const kind = isPlaced ? "recorded" : isStaged ? "withdrawn" : "lost";
      findings.push({ kind, file: intent });
    }
    // The crash may have come before their folders were synced.
    await this.#sync(placed);
    for (const { staged: _, ...version } of placed) await catalog.record(version);
    await catalog.withdraw(others.map(({ staged }) => staged));
    this.#findings.push(...findings);
  }

  async #restore(versions: readonly PendingVersion[], small: SmallContents): Promise<void> {
    const restored: PendingVersion[] = [];
    for (const version of versions) {
      if (await this.#placeAgain(version, small.store)) restored.push(version);
    }
    await this.#sync(restored);
    await small.journal.ack(restored);
    for (const { contents: _, ...file } of restored) {
      this.#findings.push({ kind: "restored", file });
    }
  }

  /** Returns whether the contents are at their path. If not, they stay in the journal. */
  async #placeAgain({ location, contents }: PendingVersion, late: LateSync): Promise<boolean> {
    const staged = await this.#options.store.stage();
    try {
      await staged.write(contents);
      await late.prepare(staged.name, location);
      await late.placeUnsynced(staged.name, location);
      return true;
    } catch (error) {
      await staged.discard();
      if (isBlocked(error)) return false;
      throw error;
    }
  }

  /** Syncs the files of these versions; throws the first error. */
  async #sync(versions: readonly { readonly location: string }[]): Promise<void> {
    if (versions.length === 0) return;
    const troubles = await this.#options.store.sync(versions.map(({ location }) => location));
    for (const { error } of troubles.values()) throw error;
  }

  async #isPlaced({ location, size, checksum }: Intent): Promise<boolean> {
    const { store } = this.#options;
    if (await sizeOf(location, store) !== size) return false;
    // The size is not enough: an old version of the same size is there if the contents were not
    // placed.
    const contents = await store.read(location);
    return contents !== undefined && await this.#options.checksum(contents) === checksum;
  }
}

/**
 * Returns the size of contents; undefined also for a path that is not allowed, which only a catalog
 * that was tampered with has.
 */
export async function sizeOf(location: string, store: Store): Promise<number | undefined> {
  try {
    return await store.size(location);
  } catch (error) {
    if (error instanceof StorageError && error.reason === "path-not-allowed") return undefined;
    throw error;
  }
}

/** Whether contents cannot be placed because of what is at their path. The file is then missing. */
function isBlocked(error: unknown): boolean {
  return error instanceof StorageError &&
    ["path-not-allowed", "path-is-a-folder", "path-not-a-folder"].includes(error.reason);
}
