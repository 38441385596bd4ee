import type { Catalog, FileKey, FileRecord } from "../catalog.ts";
import type { Finding } from "../committer.ts";
import type { Store } from "../store.ts";
import { sizeOf } from "./settlement.ts";

/** Files that are looked up in one turn of the event loop: less than a millisecond's work. */
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
 * Looks for the contents of each file on record, in pages, and half of the time at most: a server serves
 * meanwhile.
 */
export async function* lookUpFiles(options: LookUpOptions): AsyncIterable<Finding> {
  const { catalog, stopping } = options;
  let files = 0;
  let after: FileKey | undefined;
  for (;;) {
    const page = await catalog.files({ ...(after && { after }) });
    for (let at = 0; at < page.length; at += AT_A_TIME) {
      const begun = performance.now();
      const some = page.slice(at, at + AT_A_TIME);
      for (const file of some) {
        const finding = await lookUp(file, options);
        if (finding !== undefined) yield finding;
      }
      files += some.length;
      await pause(performance.now() - begun);
      if (stopping.aborted) return;
    }
    after = page.at(-1);
    if (after === undefined) break;
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
