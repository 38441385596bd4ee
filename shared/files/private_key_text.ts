import { DerError, readRsaPrivateKey } from "../crypto/der.ts";
import { fromBase64, toBase64 } from "../encoding/base64.ts";
import { fromHex } from "../encoding/hex.ts";
import { checkTextFileSize, decodeText } from "./text.ts";
import { TextFileError } from "./text_file_error.ts";

/**
 * The private key that a `priv.key` holds, as PKCS#8 in DER.
 *
 * The file may hold base64 on one line or wrapped, hex of either case, or the DER itself; text may
 * be in any encoding that `decodeText()` reads. `bytes` is only read, and the caller owns the
 * result. It has the structure of an RSA private key; whether its numbers belong together only
 * shows when it is used.
 *
 * Throws a `TextFileError`: `bad-base64` when the text is neither base64 nor hex,
 * `bad-private-key` when there is no key or it is not a whole RSA private key, and what
 * `decodeText()` throws.
 */
export function parsePrivateKey(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  if (!looksLikeDer(bytes)) return parsePrivateKeyText(decodeText(bytes));
  checkTextFileSize(bytes);
  return checkedKey(Uint8Array.from(bytes));
}

/** As `parsePrivateKey()`, for text that is decoded already: base64, wrapped or not, or hex. */
export function parsePrivateKeyText(text: string): Uint8Array<ArrayBuffer> {
  const digits = text.replaceAll(/\s/g, "");
  // No key in base64 is taken for hex: its first letter stands for 0x30, the tag of a SEQUENCE,
  // and is an "M".
  const key = fromHex(digits) ?? fromBase64(digits);
  if (key === undefined) {
    throw new TextFileError("bad-base64", `The private key is not base64; ${REMEDY}`);
  }
  return checkedKey(key);
}

/**
 * The content of a `priv.key` for `der`, a private key as PKCS#8 in DER: one line of base64.
 *
 * Throws `bad-private-key` when `der` is not a whole RSA private key.
 */
export function formatPrivateKey(der: Uint8Array): string {
  return `${toBase64(checkedKey(der))}\n`;
}

/** What to do about a key that is no good, as a message says it. */
const REMEDY = "restore the file, or remove me.info and priv.key to register as a new client";

/**
 * Whether the bytes are DER and not text: a SEQUENCE (0x30) longer than 127 bytes, whose length is
 * one that begins with 0x81 to 0x84. No text begins so, neither in UTF-8 nor in UTF-16 that
 * `decodeText()` reads.
 */
function looksLikeDer([tag, length]: Uint8Array): boolean {
  return tag === 0x30 && length !== undefined && length >= 0x81 && length <= 0x84;
}

function checkedKey<Key extends Uint8Array>(der: Key): Key {
  if (der.length === 0) {
    throw new TextFileError("bad-private-key", `There is no private key in the file; ${REMEDY}`);
  }
  try {
    if (readRsaPrivateKey(der).length === der.length) return der;
  } catch (cause) {
    if (!(cause instanceof DerError)) throw cause;
    throw new TextFileError(
      "bad-private-key",
      `The private key is cut short or not an RSA private key in PKCS#8; ${REMEDY}`,
      { cause },
    );
  }
  throw new TextFileError(
    "bad-private-key",
    `The private key is followed by something else; ${REMEDY}`,
  );
}
