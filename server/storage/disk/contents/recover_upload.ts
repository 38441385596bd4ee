import { createHash } from "node:crypto";

import { sameBytes } from "../../../../shared/wire/bytes.ts";
import type { UploadPart } from "../../contents/content_files.ts";
import { BLOCK_SIZE, LEAF_SIZE } from "../../trees/uploads.ts";
import { diskError } from "../disk_error.ts";

/** The files of an upload. */
export interface UploadPaths {
  readonly bytes: string;
  readonly leaves: string;
}

/**
 * Returns up to where an upload is whole after a crash. Behind its offset nothing is known to be
 * synced; a block that has the SHA-256 in its leaf is whole nevertheless. Throws a `StorageError`.
 */
export async function wholeUpTo(
  { offset }: Pick<UploadPart, "offset">,
  paths: UploadPaths,
): Promise<number> {
  try {
    using bytes = await Deno.open(paths.bytes, { read: true });
    using leaves = await Deno.open(paths.leaves, { read: true });
    const { size } = await bytes.stat();
    const { size: leafBytes } = await leaves.stat();
    const known = Math.floor(offset / BLOCK_SIZE);
    const isThere = size >= offset && leafBytes >= known * LEAF_SIZE;
    // Something else has cut one of the files.
    if (!isThere) {
      const left = Math.min(Math.floor(size / BLOCK_SIZE), Math.floor(leafBytes / LEAF_SIZE));
      return Math.min(left, known) * BLOCK_SIZE;
    }
    let whole = known;
    const block = new Uint8Array(BLOCK_SIZE);
    const leaf = new Uint8Array(LEAF_SIZE);
    await bytes.seek(known * BLOCK_SIZE, Deno.SeekMode.Start);
    await leaves.seek(known * LEAF_SIZE, Deno.SeekMode.Start);
    while (await fills(bytes, block) && await fills(leaves, leaf)) {
      if (!sameBytes(createHash("sha256").update(block).digest(), leaf)) break;
      whole++;
    }
    return Math.max(offset, whole * BLOCK_SIZE);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return 0;
    throw diskError(error, `read ${JSON.stringify(paths.bytes)}`);
  }
}

/** Reads until `bytes` is full; returns false if the file ends before. */
async function fills(file: Deno.FsFile, bytes: Uint8Array): Promise<boolean> {
  for (let at = 0; at < bytes.length;) {
    const count = await file.read(bytes.subarray(at));
    if (count === null) return false;
    at += count;
  }
  return true;
}
