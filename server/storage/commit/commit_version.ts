import type { FileVersion, Unsynced } from "../catalog.ts";
import type { Storage } from "../storage.ts";
import type { StagedContents } from "../store.ts";
import { type FileUnderWay, inTurn } from "./in_turn.ts";

/**
 * Makes `staged` the version of its file that counts, and returns it with the path where it lies: the
 * one in `sent`, or the one that the catalog has settled. A file that is recorded keeps its name, when
 * `sent` has one that differs in case or Unicode form. When the promise resolves, the version is recorded,
 * and on the disk: in its place, or with the catalog.
 *
 * The order is what makes it safe at every moment. The contents are synced, the intent is written
 * down, the contents take their place, the version is recorded and the intent ended. Or, where they are
 * held in memory: they are written but not synced, the catalog records the version and keeps its
 * contents, they take their place, and `writeBack` has them synced later. A crash in between is settled by
 * `recover()`. Commits of one file follow one another.
 *
 * Throws what the failing step throws, a `StorageError`. Before the contents are in place, or kept by the
 * catalog, the old version stays as it was, and `staged` can be committed again or discarded. After
 * that, a further call for the same contents completes the commit, unless another version has come in
 * between; without one, `recover()` completes it at the next start.
 */
export async function commitVersion(
  storage: Storage,
  staged: StagedContents,
  sent: FileVersion,
): Promise<FileVersion> {
  const { catalog, store, writeBack } = storage;
  return await inTurn(catalog, sent, async (file) => {
    const { fileName, pathName } = await catalog.file(sent.clientId, sent.fileName) ?? sent;
    const version = { ...sent, fileName, pathName };
    const contents = await writeBack?.room() ? staged.held : undefined;
    if (contents !== undefined) {
      const kept = { ...version, contents, staged: staged.name };
      return { ...version, pathName: await keep(storage, staged, { version: kept, file }) };
    }
    let placed = file.unrecorded;
    if (placed?.staged !== staged.name) {
      const pathName = await place({ catalog, store }, staged, version);
      placed = { staged: staged.name, pathName };
      file.unrecorded = placed;
    }
    await catalog.record(staged.name);
    file.unrecorded = undefined;
    return { ...version, pathName: placed.pathName };
  });
}

async function keep(
  { catalog, writeBack }: Storage,
  staged: StagedContents,
  { version, file }: { readonly version: Unsynced; readonly file: FileUnderWay },
): Promise<string> {
  // What may stand in the way shows here, while the old version counts.
  await staged.prepare(version.pathName);
  await staged.seal({ synced: false });
  const pathName = await catalog.keep(version);
  // Whatever else was about to be recorded came before this version.
  file.unrecorded = undefined;
  await staged.place(pathName, { synced: false });
  writeBack?.add({ ...version, pathName });
  return pathName;
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
