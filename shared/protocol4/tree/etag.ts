import { decodeUtf8, fromBase64Url, fromHex, toBase64Url, toHex } from "../../text/encodings.ts";
import { HASH_SIZE } from "./leaf_stack.ts";

/**
 * Which contents a file has: two files with the same size and root have the same. The size is part
 * of it because a tree has no domain separation: the hashes of two leaves, as a file of 64 bytes,
 * have the root of the file of these two blocks.
 */
export interface ContentTag {
  /** Bytes. */
  readonly size: number;
  /** The root of the tree, 32 bytes. */
  readonly root: Uint8Array;
}

/** An entity tag (RFC 9110, section 8.8.3): `"SIZE-HEX"` with the quotes. */
export function formatETag({ size, root }: ContentTag): string {
  return `"${size}-${toHex(root)}"`;
}

/** The contents that a tag of `formatETag()` stands for; undefined for any other text. */
export function parseETag(text: string): ContentTag | undefined {
  const [, digits, hex] = /^"(0|[1-9][0-9]{0,15})-([0-9a-f]{64})"$/.exec(text) ?? [];
  const root = hex === undefined ? undefined : fromHex(hex);
  const size = Number(digits);
  if (root?.byteLength !== HASH_SIZE || !Number.isSafeInteger(size)) return undefined;
  return { size, root };
}

/**
 * What stands for a symbolic link in conditions, as the tag of its contents does for a file:
 * `"link-TEXT"` with the quotes, where the text is the base64 of its target for addresses.
 */
export function formatLinkTag(target: string): string {
  return `"link-${toBase64Url(new TextEncoder().encode(target))}"`;
}

/** The target of the link that a tag of `formatLinkTag()` stands for; undefined for other text. */
export function parseLinkTag(text: string): string | undefined {
  const [, base64] = /^"link-([A-Za-z0-9_-]+)"$/.exec(text) ?? [];
  const bytes = base64 === undefined ? undefined : fromBase64Url(base64);
  return bytes === undefined ? undefined : decodeUtf8(bytes);
}
