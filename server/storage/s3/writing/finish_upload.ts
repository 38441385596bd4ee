import type { UploadPart } from "../../contents/content_files.ts";
import { StorageError } from "../../storage_error.ts";
import type { UploadPieces } from "../../contents/upload_parts.ts";
import { objectKey } from "../requests/s3_objects.ts";
import type { S3Sending } from "./s3_new_contents.ts";

export interface FinishUploadOptions extends Pick<S3Sending, "objects" | "flights"> {
  readonly part: UploadPart;
  /** What is on record of it. */
  readonly known: UploadPieces;
}

/**
 * Makes the parts of an upload one object, and returns the key of the contents: that of its only
 * part, if that has one. Does nothing if it was done before, also if the answer was lost then.
 */
export async function finishUpload(
  { part: { key: contents, offset }, known: { handle, pieces }, objects, flights }:
    FinishUploadOptions,
): Promise<string> {
  const key = objectKey(contents);
  const last = pieces.at(-1);
  if (last === undefined) {
    await objects.put(key, new Uint8Array());
    return contents;
  }
  if (last.key !== undefined && pieces.length === 1) return last.key;
  if ((await objects.head(key))?.size === offset) return contents;
  if (handle === undefined) throw missing();
  const parts = pieces.map(({ number, tag }) => ({ number, etag: tag }));
  const { number } = last;
  if (last.key !== undefined) {
    const from = objectKey(last.key);
    const etag = await flights.run(last.size, async (body) => {
      const response = await objects.get(from, { start: 0, end: last.size });
      if (response === undefined) throw missing();
      body.set(new Uint8Array(await response.arrayBuffer()));
      return await objects.putPart({ key, id: handle, number, body });
    });
    parts.splice(-1, 1, { number, etag });
  }
  await objects.complete({ key, id: handle, parts, size: offset });
  return contents;
}

function missing(): StorageError {
  return new StorageError("contents-missing", "Parts of an upload are not in the store");
}
