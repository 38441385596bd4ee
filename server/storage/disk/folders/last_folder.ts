import { messageOf } from "../../../../shared/text/quoted.ts";
import { toHex } from "../../../../shared/text/encodings.ts";
import { StorageError } from "../../storage_error.ts";
import type { Warn } from "./data_root.ts";
import type { HeldLock } from "./file_lock.ts";

/** The locks of a data folder and of a database that lies elsewhere. */
export interface LocksApart {
  readonly folder: HeldLock;
  readonly database: HeldLock;
}

/**
 * Refuses a data folder other than the one with which a database was last used: if a disk is not
 * mounted, its mount point may contain a folder of an earlier start. Each start writes the same
 * random text into both locks. A lock without one is accepted: it is from an older version, or was
 * removed.
 *
 * Throws a `StorageError`, `data-gone`, if the database has files on record.
 */
export async function expectLastFolder(
  { folder, database }: LocksApart,
  { root, files, warn }: {
    /** The path of the data folder. */
    readonly root: string;
    /** The number of files on record. */
    readonly files: number;
    readonly warn: Warn;
  },
): Promise<void> {
  try {
    const mark = markOf(await folder.read());
    // After a crash between the two writes the folder has the text of the start before.
    const known = (await database.read()).split("\n").filter(isMark);
    if (mark !== "" && known.length > 0 && !known.includes(mark) && files > 0) {
      throw new StorageError(
        "data-gone",
        `The folder ${
          JSON.stringify(root)
        } is not the one with which the database was used last, ` +
          `and there are ${files} files on record: mount its disk, or name the right folder with ` +
          '--data. If it is the right one, such as a copy that was put back, remove "lock" in it',
      );
    }
    const next = toHex(crypto.getRandomValues(new Uint8Array(16)));
    await database.write(`${next}\n${mark}\n`);
    await folder.write(`${next}\n`);
  } catch (error) {
    if (error instanceof StorageError) throw error;
    // The disk may be full.
    warn(`Cannot note that ${JSON.stringify(root)} is the data folder: ${messageOf(error)}`);
  }
}

function markOf(text: string): string {
  const [line = ""] = text.split("\n");
  return isMark(line) ? line : "";
}

function isMark(line: string): boolean {
  return /^[0-9a-f]{32}$/.test(line);
}
