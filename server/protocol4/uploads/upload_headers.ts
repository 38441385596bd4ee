import { modeText } from "../../../shared/protocol4/resources/file_mode.ts";
import { formatUploadMetadata } from "../../../shared/protocol4/resources/upload_metadata.ts";
import { toHex } from "../../../shared/text/hex.ts";
import type { Upload } from "../../storage/uploads.ts";
import { plainPath } from "../files/tree_path.ts";
import { TUS_HEADERS } from "./tus.ts";

/** The headers that say how far an upload is. */
export function uploadHeaders(upload: Upload): Record<string, string> {
  const { offset, size, expires, committed } = upload;
  return {
    ...TUS_HEADERS,
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
