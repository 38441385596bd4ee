import { cutName } from "../../shared/names/safe_name.ts";
import { toHex } from "../../shared/text/encodings.ts";

/** The most bytes of a name that are in that of its `.part` file: with the rest it has 255. */
export const LONGEST_STEM: number = 255 - "..0123456789ab.part".length;

/** Permissions of a part: its owner alone may read it. */
export const PART_MODE = 0o600;

/** The name of a part: that of its file, and digits that stand for the contents. */
export const PART_NAME: RegExp = /^\.([^]+)\.[0-9a-f]{12}\.part$/;

/** The name of the part of a file with this tag; other contents have another part. */
export async function partName(name: string, tag: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(tag));
  const digits = toHex(new Uint8Array(digest)).slice(0, 12);
  return `.${cutName(name, LONGEST_STEM)}.${digits}.part`;
}
