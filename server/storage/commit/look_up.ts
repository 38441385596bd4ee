import type { Catalog, FileKey, FileRecord } from "../catalog.ts";
import type { Finding } from "../committer.ts";
import type { Store } from "../store.ts";
import { sizeOf } from "./settlement.ts";

/**
 * Files that are looked up in one turn of the event loop, less than a millisecond's work, and on
 * one page: what lives longer makes the heap grow, by 35 MB for pages of 500.
 */
const AT_A_TIME = 50;

/** What `lookUpFiles()` works on. */
export interface LookUpOptions {
  readonly catalog: Catalog;
  readonly store: Store;
  /** Runs work on a file while no version of it is committed. */
  readonly alone: (
    file: FileKey,
    work: () => Promise<Finding | undefined>,
  ) => Promise<Finding | undefined>;
  readonly stopping: AbortSignal;
}

/**
 * Looks for the contents of each file on record, in pages, and half of the time at most: a server
 * serves meanwhile.
 */
export async function* lookUpFiles(options: LookUpOptions): AsyncIterable<Finding> {
  const { catalog, stopping } = options;
  let files = 0;
  let after: FileKey | undefined;
  for (;;) {
    const begun = performance.now();
    const page = await catalog.files({ limit: AT_A_TIME, ...(after && { after }) });
    for (const file of page) {
      const finding = await lookUp(file, options);
      if (finding !== undefined) yield finding;
    }
    files += page.length;
    after = page.at(-1);
    if (after === undefined) break;
    await pause(performance.now() - begun);
    if (stopping.aborted) return;
  }
  yield { kind: "looked-up", files };
}

async function lookUp(
  file: FileRecord,
  { catalog, store, alone }: LookUpOptions,
): Promise<Finding | undefined> {
  if (await sizeOf(file.pathName, store) === file.size) return undefined;
  // Another version may have taken its place since the page was read.
  return await alone(file, async () => {
    const now = await catalog.file(file.clientId, file.fileName);
    if (now === undefined || !now.verified) return undefined;
    const size = await sizeOf(now.pathName, store);
    if (size === now.size) return undefined;
    return { kind: size === undefined ? "missing" : "wrong-size", file: now };
  });
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
