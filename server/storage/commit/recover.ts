import type { FileRecord, FileVersion, Intent, Unsynced } from "../catalog.ts";
import type { Storage } from "../storage.ts";
import type { Store } from "../store.ts";
import { StorageError } from "../storage_error.ts";

/** What `recover()` needs. */
export interface RecoverOptions extends Storage {
  /** The POSIX `cksum` of contents, which it reads to the end: an unsigned 32-bit number. */
  readonly checksum: (contents: ReadableStream<Uint8Array>) => Promise<number>;
}

/** What `recover()` found and did. Nothing but zero and empty lists after an orderly end. */
export interface Recovery {
  /** Versions that were in their place but not recorded, and now are. */
  readonly rolledForward: readonly Intent[];
  /** Versions that were not known to be synced: put in their place once more, from the catalog. */
  readonly restored: readonly Unsynced[];
  /** Versions that never came to their place: the old ones stay. No client was promised these. */
  readonly withdrawn: readonly Intent[];
  /**
   * Versions whose contents are neither staged nor in their place: discarded, or replaced by a later
   * version. No client was promised these either.
   */
  readonly lost: readonly Intent[];
  /** How many staged contents were removed. */
  readonly swept: number;
  /** Verified files without contents. */
  readonly missing: readonly FileRecord[];
  /** Verified files whose contents are not of the size recorded. */
  readonly wrongSize: readonly FileRecord[];
}

/**
 * Brings catalog and store to agree again after whatever ended the server, before it serves anyone.
 *
 * An intent whose contents are still staged was not carried out: it is withdrawn. Where they are
 * gone, the version is recorded if what lies in its place has its size and checksum, and withdrawn
 * if not. Contents that the catalog keeps take their place again. Then what is left in staging is removed, and every verified file is looked up. May be run
 * again, for instance after a `StorageError` of the store or the catalog, which passes through.
 */
export async function recover(options: RecoverOptions): Promise<Recovery> {
  const { catalog, store } = options;
  const rolledForward: Intent[] = [];
  const withdrawn: Intent[] = [];
  const lost: Intent[] = [];
  for (const intent of await catalog.intents()) {
    if (await store.isStaged(intent.staged)) {
      await catalog.withdraw(intent.staged);
      withdrawn.push(intent);
    } else if (await isInPlace(intent, options)) {
      // Perhaps the crash came before the sync of its place.
      await syncAll([intent], store);
      await catalog.record(intent.staged);
      rolledForward.push(intent);
    } else {
      await catalog.withdraw(intent.staged);
      lost.push(intent);
    }
  }
  // After the intents: what of these is recorded takes the place of contents that are kept.
  const restored: Unsynced[] = [];
  for (const version of await catalog.unsynced()) {
    if (await restore(version, store)) restored.push(version);
  }
  await syncAll(restored, store);
  await catalog.settle(restored);
  const swept = await store.sweep();
  const missing: FileRecord[] = [];
  const wrongSize: FileRecord[] = [];
  for (const file of await catalog.files()) {
    if (!file.verified) continue;
    const size = await sizeOf(file.pathName, options);
    if (size === undefined) missing.push(file);
    else if (size !== file.size) wrongSize.push(file);
  }
  return { rolledForward, restored, withdrawn, lost, swept, missing, wrongSize };
}

/** Returns whether they are in their place. Otherwise the catalog goes on keeping them. */
async function restore({ pathName, contents }: Unsynced, store: Store): Promise<boolean> {
  const staged = await store.stage();
  try {
    await staged.write(contents);
    await staged.seal({ synced: false });
    await staged.place(pathName, { synced: false });
    return true;
  } catch (error) {
    await staged.discard();
    if (isOutOfPlace(error)) return false;
    throw error;
  }
}

/** Whether contents cannot take their place because of what that place is. The file is reported missing. */
function isOutOfPlace(error: unknown): boolean {
  return error instanceof StorageError &&
    ["path-not-allowed", "path-is-a-folder", "path-not-a-folder"].includes(error.reason);
}

/** Has what lies in its place synced; throws the first error where that cannot be. */
async function syncAll(versions: readonly FileVersion[], store: Store): Promise<void> {
  const troubles = await store.sync(versions.map(({ pathName }) => pathName));
  for (const { error } of troubles.values()) throw error;
}

async function isInPlace(intent: Intent, options: RecoverOptions): Promise<boolean> {
  const { pathName } = intent;
  if (await sizeOf(pathName, options) !== intent.size) return false;
  // The size does not tell: an old version of the same size lies there if `place()` failed, the
  // intent could not be withdrawn, and the staged contents were discarded.
  const contents = await options.store.read(pathName);
  if (contents === undefined) return false;
  return await options.checksum(contents) === intent.checksum;
}

/** A path that no store would have taken, in a catalog that was tampered with, has no contents. */
async function sizeOf(pathName: string, { store }: Storage): Promise<number | undefined> {
  try {
    return await store.size(pathName);
  } catch (error) {
    if (error instanceof StorageError && error.reason === "path-not-allowed") return undefined;
    throw error;
  }
}
