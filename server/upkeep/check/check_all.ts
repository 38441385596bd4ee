import { countFiles, entriesAfter, filesAfter } from "../../storage/sql/stored_files.ts";
import { checkFile, type CheckFileOptions, type Fault } from "./check_file.ts";
import { rowlessContents } from "./rowless_contents.ts";
import { Sample } from "./sample.ts";

/** Files on a page, and how many are read at once. */
const PAGE = 500;
const AT_ONCE = 4;

/** How far a check has got, or what it has come to. */
export interface Checked {
  /** Files that were looked at, of how many on record when it began. */
  readonly files: number;
  readonly of: number;
  /** Bytes that were read. */
  readonly bytes: number;
}

export interface CheckAllOptions extends CheckFileOptions {
  /**
   * How many files to look at, chosen by a seed; undefined for all, and for contents without a row.
   */
  readonly sample: number | undefined;
  readonly seed: number;
  readonly onFault: (fault: Fault) => void;
  readonly onProgress: (checked: Checked) => void;
}

/** Compares the database with the contents, in pages. Throws a `StorageError`. */
export async function checkAll(options: CheckAllOptions): Promise<Checked> {
  const { stored, sample, seed, onFault, onProgress } = options;
  const count = await stored.rows.read(countFiles);
  const all = count.files + count.entries;
  const of = Math.min(all, sample ?? all);
  const chosen = sample === undefined ? undefined : new Sample({ wanted: sample, all, seed });
  let [files, bytes] = [0, 0];
  for (const pageAfter of [filesAfter, entriesAfter]) {
    let page = await stored.rows.read(() => pageAfter(undefined, PAGE));
    while (page.length > 0) {
      const left = page.filter(() => chosen?.chooses() ?? true).values();
      const work = async () => {
        for (const file of left) {
          const checked = await checkFile(file, options);
          files++;
          bytes += checked.bytes;
          if (checked.fault !== undefined) onFault(checked.fault);
          onProgress({ files, of, bytes });
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, work));
      const last = page.at(-1);
      page = await stored.rows.read(() => pageAfter(last, PAGE));
    }
  }
  if (sample === undefined) {
    for await (const fault of rowlessContents(stored, { files: all })) onFault(fault);
  }
  return { files, of, bytes };
}
