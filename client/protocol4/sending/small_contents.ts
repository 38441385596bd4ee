import { blockHash, blockHashInBackground } from "../../../shared/protocol4/tree/leaf_stack.ts";
import { fileChanged, isUnchanged, openFile, readError } from "../../files/local_file.ts";
import type { LocalFileEntry } from "../../remote/local_entry.ts";

/** The contents of a small file, as they were read. */
export interface SmallContents {
  readonly content: Uint8Array;
  readonly sha256: Uint8Array;
}

/**
 * Reads a whole file, which has at most 1 MiB, with its SHA-256. The calls are synchronous: for
 * thousands of small files they take a fraction of what asking another thread does. Throws a
 * `ClientError`.
 *
 * With `few` there are not enough of them to be worth the time that it takes to load `node:crypto`.
 */
export async function readSmallContents(
  entry: LocalFileEntry,
  { few }: { readonly few: boolean },
): Promise<SmallContents> {
  const content = new Uint8Array(entry.size);
  using file = openFile(entry.path);
  let filled = 0;
  try {
    while (filled < content.byteLength) {
      const read = file.readSync(content.subarray(filled));
      if (read === null) break;
      filled += read;
    }
    const isWhole = filled === content.byteLength && isUnchanged(entry, file.statSync());
    if (!isWhole) throw fileChanged(entry);
  } catch (error) {
    throw readError(error, entry.path);
  }
  return { content, sha256: await (few ? blockHashInBackground(content) : blockHash(content)) };
}
