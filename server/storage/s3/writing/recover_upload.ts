import type { UploadPart } from "../../contents/content_files.ts";
import type { UploadPieces } from "../../contents/upload_parts.ts";
import { objectKey, type S3Objects } from "../requests/s3_objects.ts";

export interface RecoverUploadOptions extends UploadPart {
  /** What is on record of it. */
  readonly known: UploadPieces;
  readonly objects: S3Objects;
}

/**
 * Returns up to where the parts on record are in the store. Parts that were sent and not recorded
 * do not count: they are sent again under the same number.
 */
export async function recoverUpload(
  { key: contents, offset, known: { handle, pieces }, objects }: RecoverUploadOptions,
): Promise<number> {
  const key = objectKey(contents);
  const inParts = pieces.some((piece) => piece.key === undefined);
  const there = inParts && handle !== undefined ? await objects.parts(key, handle) : [];
  // It was made an object, and the row that says so was not written.
  if (there === undefined && (await objects.head(key))?.size === offset) return offset;
  const sent = new Map(there?.map((part) => [part.number, part]));
  let end = 0;
  for (const { number, start, size, tag, key: own } of pieces) {
    const part = sent.get(number);
    const isThere = own === undefined
      ? part?.etag === tag && part.size === size
      : (await objects.head(objectKey(own)))?.size === size;
    if (!isThere || start !== end) break;
    end = start + size;
  }
  return Math.min(end, offset);
}
