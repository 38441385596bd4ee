import { clientIdText } from "../../shared/protocol/client_id.ts";
import type { Catalog, FileVersion } from "./catalog.ts";
import type { StagedContents, Store } from "./store.ts";

/** Where versions are kept: what they are, and their contents. */
export interface Storage {
  readonly catalog: Catalog;
  readonly store: Store;
}

/**
 * Makes `staged` the version of its file that counts, and returns the path where it lies: the one
 * in `version`, or the one that the catalog has settled. When the promise resolves, the version is on
 * the disk and recorded.
 *
 * The order is what makes it safe at every moment: the contents are synced, the intent is written
 * down, the contents take their place, the version is recorded and the intent ended. A crash in
 * between is settled by `recover()`. Commits of one file follow one another.
 *
 * Throws what the failing step throws, a `StorageError`. Before the contents are in place, the old
 * version stays as it was, and `staged` can be committed again or discarded. After that, a further
 * call for the same contents goes on with the recording, unless another version has come in between;
 * without one, `recover()` completes it at the next start.
 */
export async function commitVersion(
  { catalog, store }: Storage,
  staged: StagedContents,
  version: FileVersion,
): Promise<string> {
  return await inTurn(catalog, version, async (file) => {
    let placed = file.unrecorded;
    if (placed?.staged !== staged.name) {
      const pathName = await place({ catalog, store }, staged, version);
      placed = { staged: staged.name, pathName };
      file.unrecorded = placed;
    }
    await catalog.record(staged.name);
    file.unrecorded = undefined;
    return placed.pathName;
  });
}

async function place(
  { catalog, store }: Storage,
  staged: StagedContents,
  version: FileVersion,
): Promise<string> {
  await staged.seal();
  const pathName = await catalog.intend({ ...version, staged: staged.name });
  try {
    await staged.place(pathName);
  } catch (error) {
    try {
      // They may be in place all the same: the sync that follows the rename can fail too.
      if (await store.isStaged(staged.name)) await catalog.withdraw(staged.name);
    } catch {
      // The intent is left to `recover()`: the error to report is the one before this.
    }
    throw error;
  }
  return pathName;
}

/** What is known of a file with commits under way, or with contents in place but not recorded. */
interface FileUnderWay {
  /** The last of its commits. */
  last: Promise<unknown>;
  /** The contents that lie in its place, if the catalog could not record them. */
  unrecorded: { readonly staged: string; readonly pathName: string } | undefined;
}

const underWay = new WeakMap<Catalog, Map<string, FileUnderWay>>();

/**
 * Runs `work` when no other of the same file is under way. Were two versions of one file placed and
 * recorded at once, the catalog could end with the one and the disk with the other.
 */
async function inTurn<T>(
  catalog: Catalog,
  { clientId, fileName }: FileVersion,
  work: (file: FileUnderWay) => Promise<T>,
): Promise<T> {
  const files = underWay.get(catalog) ?? new Map<string, FileUnderWay>();
  underWay.set(catalog, files);
  const key = `${clientIdText(clientId)}/${fileName}`;
  const file = files.get(key) ?? { last: Promise.resolve(), unrecorded: undefined };
  files.set(key, file);
  const turn = () => work(file);
  const result = file.last.then(turn, turn);
  file.last = result;
  try {
    return await result;
  } finally {
    if (file.last === result && file.unrecorded === undefined) files.delete(key);
  }
}
