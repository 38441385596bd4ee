import { type Clock, pause } from "../../../shared/clock.ts";
import type { Catalog, FileKey, FileRecord } from "../versions/catalog.ts";
import type { Finding } from "../versions/committer.ts";
import type { Store } from "../versions/store.ts";
import { sizeOf } from "./settlement.ts";

/**
 * Files on a page, which are looked up in one turn of the event loop, in less than a millisecond.
 * Larger pages live longer and make the heap grow: by 35 MB for pages of 500.
 */
const AT_A_TIME = 50;

export interface LookUpOptions {
  readonly catalog: Catalog;
  readonly store: Store;
  /** Runs work on a file while no commit of it is running. */
  readonly alone: (
    file: FileKey,
    work: () => Promise<Finding | undefined>,
  ) => Promise<Finding | undefined>;
  readonly stopping: AbortSignal;
  readonly clock: Clock;
}

/**
 * Checks the contents of each recorded file, in pages. Uses at most half of the time, so that the
 * server can serve meanwhile.
 */
export async function* lookUpFiles(options: LookUpOptions): AsyncIterable<Finding> {
  const { catalog, stopping, clock } = options;
  let files = 0;
  let after: FileKey | undefined;
  for (;;) {
    const begun = clock.now();
    const page = await catalog.files({ limit: AT_A_TIME, ...(after && { after }) });
    for (const file of page) {
      const finding = await lookUp(file, options);
      if (finding !== undefined) yield finding;
    }
    files += page.length;
    after = page.at(-1);
    if (after === undefined) break;
    await pause(clock, clock.now() - begun);
    if (stopping.aborted) return;
  }
  yield { kind: "looked-up", files };
}

async function lookUp(
  file: FileRecord,
  { catalog, store, alone }: LookUpOptions,
): Promise<Finding | undefined> {
  if (await sizeOf(file.location, store) === file.size) return undefined;
  // Another version may have been committed since the page was read.
  return await alone(file, async () => {
    const now = await catalog.file(file.clientId, file.fileName);
    if (now === undefined) return undefined;
    const size = await sizeOf(now.location, store);
    if (size === now.size) return undefined;
    return { kind: size === undefined ? "missing" : "wrong-size", file: now };
  });
}
