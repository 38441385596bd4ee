import { modeText } from "../../../shared/protocol4/resources/file_times.ts";
import { formatUploadMetadata } from "../../../shared/protocol4/resources/upload_metadata.ts";
import { toHex } from "../../../shared/text/encodings.ts";
import type { Upload } from "../../storage/trees/uploads.ts";
import { plainPath } from "../files/tree_path.ts";

/** An upload in the JSON of a list. */
export interface UploadJson {
  readonly id: string;
  readonly path: string;
  /** Bytes that are durable. */
  readonly offset: number;
  /** Bytes of the whole file, if they are known. */
  readonly size?: number;
  readonly tree?: string;
  readonly mtime?: string;
  readonly mode?: string;
  readonly created: string;
  readonly expires: string;
}

/** Returns an upload as JSON for its client. */
export function uploadJson(upload: Upload): UploadJson {
  const { id, path, offset, size, tree, mtime, mode, createdAt, expires } = upload;
  return {
    id,
    path: plainPath(path),
    offset,
    ...(size !== undefined && { size }),
    ...(tree !== undefined && { tree: toHex(tree) }),
    ...(mtime !== undefined && { mtime }),
    ...(mode !== undefined && { mode: modeText(mode) }),
    created: createdAt.toISOString(),
    expires: expires.toISOString(),
  };
}

/** The headers that say how far an upload is. */
export function uploadHeaders(upload: Upload): Record<string, string> {
  const { offset, size, expires, committed } = upload;
  return {
    "upload-offset": String(offset),
    ...(size === undefined ? { "upload-defer-length": "1" } : { "upload-length": String(size) }),
    // One that is committed is remembered, and has nothing that could expire.
    ...(committed === undefined && { "upload-expires": expires.toUTCString() }),
  };
}

/** What was said of an upload when it was created. */
export function metadataHeader({ path, mtime, mode, tree }: Upload): string {
  return formatUploadMetadata({
    path: plainPath(path),
    ...(mtime !== undefined && { mtime }),
    ...(mode !== undefined && { mode: modeText(mode) }),
    ...(tree !== undefined && { tree: toHex(tree) }),
  });
}
