/** The golden vectors of protocol 4, which tests/vectors/protocol_4.py made. */

import { fromHex } from "../../text/encodings.ts";
import json from "../../../tests/vectors/protocol-4.json" with { type: "json" };

/** All vectors. */
export const VECTORS: typeof json = json;

/** The bytes of digits of a vector. */
export function bytesOf(digits: string): Uint8Array<ArrayBuffer> {
  const bytes = fromHex(digits);
  if (bytes === undefined) throw new Error("A vector is not hexadecimal");
  return bytes;
}

/** The content of a vector: `size` bytes, each computed from its offset. */
export function vectorContent(size: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(
    { length: size },
    (_, at) => at + 3 * (at >> 8) + 5 * (at >> 16) + 7 * (at >> 20),
  );
}
