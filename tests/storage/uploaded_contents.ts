import type { ClientId } from "../../shared/wire/client_id.ts";
import type { TreeStorage } from "../../server/storage/storage.ts";
import { BLOCK_SIZE, type OpenUpload, type UploadKey } from "../../server/storage/trees/uploads.ts";
import { readAll, sha256 } from "./trees_under_test.ts";

/** Appends what comes after the position of an upload, in blocks. */
export async function append(opened: OpenUpload, content: Uint8Array): Promise<void> {
  while (opened.position < content.length) {
    const start = Math.floor(opened.position / BLOCK_SIZE) * BLOCK_SIZE;
    const end = Math.min(start + BLOCK_SIZE, content.length);
    const leaf = end % BLOCK_SIZE === 0 ? sha256(content.subarray(start, end)) : undefined;
    await opened.append(content.subarray(opened.position, end), leaf);
  }
}

/** An upload to `upload` that has these bytes, and no size yet. */
export async function uploaded(
  { uploads }: TreeStorage,
  clientId: ClientId,
  content: Uint8Array,
): Promise<UploadKey> {
  const { upload } = await uploads.create({ clientId, path: "upload" });
  const opened = await uploads.open(upload);
  await append(opened, content);
  await opened.end("whole");
  return { clientId, id: upload.id };
}

/** The leaves of all whole blocks. */
export function leaves(content: Uint8Array): Uint8Array {
  const blocks = Math.floor(content.length / BLOCK_SIZE);
  const all = new Uint8Array(blocks * 32);
  for (let n = 0; n < blocks; n++) {
    all.set(sha256(content.subarray(n * BLOCK_SIZE, (n + 1) * BLOCK_SIZE)), n * 32);
  }
  return all;
}

/** The leaves that an upload has. */
export async function leavesOf({ uploads }: TreeStorage, key: UploadKey): Promise<Uint8Array> {
  return await readAll(await uploads.leaves(key));
}

/** The bytes before `end` in the block that is not whole. */
export function tailOf(content: Uint8Array, end: number): Uint8Array {
  return content.slice(Math.floor(end / BLOCK_SIZE) * BLOCK_SIZE, end);
}
