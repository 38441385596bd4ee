import { decodeUtf8, fromBase64, fromHex, toBase64 } from "../../text/encodings.ts";
import { checkMetadata, type FileMetadata, MetadataError } from "./file_metadata.ts";

/** What `Upload-Metadata` of tus says of an upload. */
export interface UploadMetadata extends FileMetadata {
  /** The root of the tree of the file's contents, 64 hexadecimal digits; undefined if not known. */
  readonly tree?: string | undefined;
}

/** The most characters of the header; the paths that are longest fit in it. */
const MAX_HEADER = 16 * 1024;

const KEYS = ["path", "mtime", "mode", "link", "tree"] as const;

/**
 * Reads the header `Upload-Metadata` (tus 1.0, creation): pairs of a key and base64, with commas
 * between them. Keys that are not known are left out; without `path`, `filename` is the path, which
 * is what most clients of tus send.
 *
 * Throws a `MetadataError`: `bad-metadata`, and as `checkMetadata()` does.
 */
export function parseUploadMetadata(header: string): UploadMetadata {
  if (header.length > MAX_HEADER) throw bad(`has ${header.length} characters`);
  const values = new Map<string, string>();
  for (const pair of header.split(",").map((text) => text.trim()).filter((text) => text !== "")) {
    const [key = "", encoded = "", ...rest] = pair.split(" ");
    const bytes = fromBase64(encoded);
    const text = bytes === undefined ? undefined : decodeUtf8(bytes);
    if (key === "" || rest.length > 0 || values.has(key)) {
      throw bad("is not pairs of key and value");
    }
    if (text === undefined) {
      // What is not ours may be anything.
      if (!isKnown(key)) continue;
      throw bad(`has a ${key} that is not base64 of text`);
    }
    values.set(key, text);
  }
  const { path = values.get("filename"), tree, ...others } = Object.fromEntries(values);
  if (tree !== undefined && (tree.length !== 64 || fromHex(tree) === undefined)) {
    throw bad("has a tree that is not 64 hexadecimal digits");
  }
  const metadata = checkMetadata({ ...others, path });
  return tree === undefined ? metadata : { ...metadata, tree: tree.toLowerCase() };
}

/** The header for an upload. */
export function formatUploadMetadata(metadata: UploadMetadata): string {
  return KEYS.flatMap((key) => {
    const value = metadata[key];
    return value === undefined ? [] : [`${key} ${toBase64(new TextEncoder().encode(value))}`];
  }).join(",");
}

function isKnown(key: string): boolean {
  return key === "filename" || KEYS.some((known) => known === key);
}

function bad(what: string): MetadataError {
  return new MetadataError("bad-metadata", `The header Upload-Metadata ${what}`);
}
