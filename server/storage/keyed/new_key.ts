import { toHex } from "../../../shared/text/encodings.ts";

/** Returns a new key of contents, or id of an upload: 16 random bytes as hexadecimal digits. */
export function newKey(): string {
  return toHex(crypto.getRandomValues(new Uint8Array(16)));
}
