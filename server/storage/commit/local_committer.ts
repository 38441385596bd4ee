import type { Clock } from "../../../shared/clock.ts";
import { nameKey } from "../../../shared/names/name_key.ts";
import { type ClientId, clientIdText } from "../../../shared/wire/client_id.ts";
import type { Catalog, FileKey, FileVersion } from "../versions/catalog.ts";
import type { Committer, Finding, OpenedFile, SentVersion } from "../versions/committer.ts";
import type { PendingVersion } from "../versions/content_journal.ts";
import type { IntentLog } from "../versions/intent_log.ts";
import { locationOf } from "../names/location.ts";
import type { PlacedContents } from "../versions/placed_contents.ts";
import { StorageError } from "../storage_error.ts";
import type { ByteRange, StagedContents, Store } from "../versions/store.ts";
import { KeyedMutex } from "./keyed_mutex.ts";
import { lookUpFiles } from "./look_up.ts";
import { Settlement, type SettlementOptions, sizeOf, type SmallContents } from "./settlement.ts";
import { WriteBack, type WriteBackOptions } from "./write_back.ts";

export interface LocalCommitterOptions extends Pick<WriteBackOptions, "onTrouble" | "clock"> {
  readonly catalog: Catalog & IntentLog;
  readonly store: Store & PlacedContents;
  /** How small contents are committed. Default: like all others. */
  readonly small?: SmallContents;
  readonly checksum: SettlementOptions["checksum"];
}

/** Contents that were moved to their path, but not recorded in the catalog. */
interface Placed {
  /** Their staged name. */
  readonly staged: string;
  /** The version to record. */
  readonly version: FileVersion;
}

/**
 * The committer for a store that moves contents to a path, and a catalog that logs the intent to do
 * so.
 *
 * The order of the steps makes a commit safe against a crash at any point. The contents are synced,
 * the intent is logged, the contents are moved to their path, and the version is recorded, which
 * ends the intent. For small contents that the store has in memory, they are written but not
 * synced, the journal records the version with its contents, they are moved to their path, and are
 * synced later. `recover()` repairs a commit that a crash interrupted. Commits of one file run one
 * after the other: if two versions were placed and recorded concurrently, the catalog could end
 * with one and the disk with the other.
 *
 * A commit that fails before the contents are at their path, or in the journal, leaves the old
 * version unchanged. After that, another call for the same contents completes it, unless another
 * version was committed in between. Without another call, `recover()` completes it at the next
 * start.
 */
export class LocalCommitter implements Committer {
  readonly #catalog: Catalog & IntentLog;
  readonly #store: Store & PlacedContents;
  readonly #clock: Clock;
  readonly #small: SmallContents | undefined;
  readonly #writeBack: WriteBack | undefined;
  readonly #settlement: Settlement;
  readonly #files = new KeyedMutex();
  /** Files whose contents on disk differ from the catalog, by key, with the version placed last. */
  readonly #torn = new Map<string, Placed | undefined>();

  constructor(options: LocalCommitterOptions) {
    const { catalog, store, small, checksum, clock } = options;
    this.#clock = clock;
    this.#catalog = catalog;
    this.#store = store;
    this.#small = small;
    this.#writeBack = small && new WriteBack({ ...options, journal: small.journal, store });
    this.#settlement = new Settlement({ catalog, store, small, checksum });
  }

  async commit(staged: StagedContents, sent: SentVersion): Promise<FileVersion> {
    await this.#settlement.client(sent.clientId);
    const key = keyOf(sent);
    return await this.#files.run(key, async () => {
      const stored = await this.#catalog.file(sent.clientId, sent.fileName);
      const isPlaced = this.#torn.get(key)?.staged === staged.name;
      if (stored?.verified && !sent.verified && !isPlaced) {
        throw new StorageError("verified-version-stored", "A confirmed version is stored");
      }
      // A file keeps its name and path, even if the name of its next version differs in case.
      const { fileName, location } = stored ??
        { ...sent, location: locationOf(sent.clientId, sent.fileName) };
      const version = { ...sent, fileName, location };
      const isSmall = await this.#writeBack?.mayAdd();
      const contents = isSmall ? this.#small?.store.inMemory(staged.name) : undefined;
      return contents === undefined
        ? await this.#commitPlaced(staged, version)
        : await this.#commitSmall(version, { staged: staged.name, contents });
    });
  }

  async open(
    clientId: ClientId,
    fileName: string,
    range?: ByteRange,
  ): Promise<OpenedFile | undefined> {
    await this.#settlement.client(clientId);
    const key = keyOf({ clientId, fileName });
    return await this.#files.run(key, async () => {
      const file = await this.#catalog.file(clientId, fileName);
      if (file === undefined || this.#torn.has(key)) return undefined;
      if (await sizeOf(file.location, this.#store) !== file.size) return undefined;
      const contents = await this.#store.read(file.location, range);
      return contents && { file, contents };
    });
  }

  async *recover(stopping: AbortSignal): AsyncIterable<Finding> {
    yield* this.#settlement.all(stopping);
    if (stopping.aborted) return;
    // After the intents: their state is determined by what is still staged.
    try {
      yield { kind: "settled", swept: await this.#store.sweep() };
    } catch (error) {
      yield { kind: "failed", error };
    }
    yield* lookUpFiles({
      catalog: this.#catalog,
      store: this.#store,
      clock: this.#clock,
      stopping,
      alone: (file, work) => {
        const key = keyOf(file);
        return this.#files.run(key, async () => this.#torn.has(key) ? undefined : await work());
      },
    });
  }

  /** Syncs what was left to be synced later, as far as possible. */
  async flush(): Promise<void> {
    await this.#writeBack?.flush();
  }

  /** As `flush()`; what cannot be synced is left to the next start. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writeBack?.[Symbol.asyncDispose]();
  }

  async #commitSmall(
    sent: FileVersion,
    { staged, contents }: Pick<PendingVersion, "staged" | "contents">,
  ): Promise<FileVersion> {
    const small = this.#small;
    if (small === undefined) throw new TypeError("Small contents without a journal for them");
    const key = keyOf(sent);
    // Detects anything that blocks the path while the old version is still valid.
    await small.store.prepare(staged, sent.location);
    const location = await small.journal.put({ ...sent, staged, contents });
    const version = { ...sent, location };
    this.#torn.set(key, undefined);
    await small.store.placeUnsynced(staged, location);
    this.#torn.delete(key);
    this.#writeBack?.add({ ...version, staged });
    return version;
  }

  async #commitPlaced(staged: StagedContents, sent: FileVersion): Promise<FileVersion> {
    const key = keyOf(sent);
    let placed = this.#torn.get(key);
    if (placed?.staged !== staged.name) {
      placed = { staged: staged.name, version: await this.#place(staged, sent) };
      this.#torn.set(key, placed);
    }
    await this.#catalog.record(placed.version);
    this.#torn.delete(key);
    return placed.version;
  }

  async #place(staged: StagedContents, sent: FileVersion): Promise<FileVersion> {
    const { name } = staged;
    await staged.seal();
    const location = await this.#catalog.intend({ ...sent, staged: name });
    try {
      await this.#store.place(name, location);
    } catch (error) {
      try {
        // The contents may be placed nevertheless: the sync after the rename can fail too.
        if (await this.#store.isStaged(name)) await this.#catalog.withdraw([name]);
        else this.#torn.set(keyOf(sent), undefined);
      } catch {
        // The intent is left to `recover()`: the first error is the one to report.
      }
      throw error;
    }
    return { ...sent, location };
  }
}

/** Names that differ only in case or Unicode form are the same file. */
function keyOf({ clientId, fileName }: FileKey): string {
  return `${clientIdText(clientId)}/${nameKey(fileName)}`;
}
