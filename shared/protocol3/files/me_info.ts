import { fromBase64, fromHex, toBase64, toHex } from "../../text/encodings.ts";
import { quoted } from "../../text/quoted.ts";
import {
  checkTextFileSize,
  checkUserName,
  decodeText,
  lines,
  TextFileError,
} from "../../text/text.ts";
import { type ClientId, clientIdOf } from "../../wire/client_id.ts";
import { DerError, lengthOfPrivateKey, pkcs8OfPkcs1 } from "../crypto/private_key_der.ts";

/** The content of a `me.info`: the identity of the client. */
export interface MeInfo {
  /** The registered name, 1 to 100 characters. */
  readonly name: string;
  /** The id that the server gave it, 16 bytes. */
  readonly clientId: ClientId;
  /** Its private key, PKCS#8 in DER; absent when the file has only two lines. */
  readonly privateKey?: Uint8Array<ArrayBuffer>;
}

/** The length of a client id in bytes: that of a UUID, and of the field in the request header. */
const CLIENT_ID_LENGTH = 16;

/** The advice for a file that cannot be used, as messages state it. */
const REMEDY =
  "restore the file from a copy, or register under another name in another folder (--dir)";

export interface MeInfoOptions {
  /**
   * Whether the id may have dashes, blanks and braces between and around its digits, as other
   * programs write a UUID. Default: false, since the golden vectors have such an id among what is
   * refused.
   */
  readonly anyId?: boolean;
}

/**
 * Parses a `me.info`. `bytes` is the content of the file and is only read; the caller owns the
 * buffers of the result.
 *
 * The name may be padded with NULs, the id may be in upper case, and the key may be wrapped over
 * all lines after the second or be missing, in which case it has to come from `priv.key`.
 *
 * Throws a `TextFileError`: `missing-line` when there are less than two lines; `empty-name`,
 * `name-too-long` and `not-one-line` as `checkUserName()`; `bad-uuid`; `bad-base64` and
 * `bad-private-key` as `parsePrivateKeyText()`; and what `decodeText()` throws.
 */
export function parseMeInfo(bytes: Uint8Array, { anyId = false }: MeInfoOptions = {}): MeInfo {
  const [nameLine, idLine, ...keyLines] = lines(decodeText(bytes));
  if (nameLine === undefined || idLine === undefined) {
    throw new TextFileError(
      "missing-line",
      `${nameLine === undefined ? "The file is empty" : "Line 2, the client id, is missing"}; ` +
        REMEDY,
    );
  }
  const name = withoutPadding(nameLine);
  checkUserName(name);
  const clientId = parseClientId(idLine.trim(), anyId);
  if (keyLines.length === 0) return { name, clientId };
  return { name, clientId, privateKey: parsePrivateKeyText(keyLines.join("\n")) };
}

/**
 * The content of a `me.info` with this information, to be written as UTF-8: the name, the id as 32
 * lower-case hex digits and, when there is one, the key as one line of base64.
 *
 * Throws what `checkUserName()` and `formatPrivateKey()` throw, and `bad-uuid` when the id has not
 * 16 bytes.
 */
export function formatMeInfo({ name, clientId, privateKey }: MeInfo): string {
  checkUserName(name);
  if (clientId.length !== CLIENT_ID_LENGTH) {
    throw new TextFileError(
      "bad-uuid",
      `A client id of ${clientId.length} bytes cannot be written; give ${CLIENT_ID_LENGTH} bytes`,
    );
  }
  const key = privateKey === undefined ? "" : formatPrivateKey(privateKey);
  return `${name}\n${toHex(clientId)}\n${key}`;
}

/** The name on a line that may be a whole name field of the protocol, padded on either side. */
function withoutPadding(line: string): string {
  const [name = ""] = line.replace(/^\0+/, "").split("\0", 1);
  return name.trimEnd();
}

function parseClientId(text: string, anyId: boolean): ClientId {
  const id = fromHex(anyId ? text.replaceAll(/[\s{}-]/g, "") : text);
  if (id?.byteLength !== CLIENT_ID_LENGTH) {
    throw new TextFileError(
      "bad-uuid",
      `The client id ${quoted(text)} is not 32 hexadecimal digits; ${REMEDY}`,
    );
  }
  return clientIdOf(id);
}

/**
 * The private key in a `priv.key`, as PKCS#8 in DER.
 *
 * The file may contain base64 on one line or wrapped, in the alphabet for URLs or without padding,
 * hex of either case, PEM, base64 of PEM, or the DER itself; text may be in any encoding that
 * `decodeText()` reads, and lines of text after the key are ignored. The key may be in PKCS#8 or
 * PKCS#1. `bytes` is only read, and the caller owns the result. It has the structure of an RSA
 * private key; whether its numbers are consistent only shows when it is used.
 *
 * Throws a `TextFileError`: `bad-base64` when the text is neither base64 nor hex,
 * `bad-private-key` when there is no key or it is not a whole RSA private key, and what
 * `decodeText()` throws.
 */
export function parsePrivateKey(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  if (!looksLikeDer(bytes)) return parsePrivateKeyText(decodeText(bytes));
  checkTextFileSize(bytes);
  return readKey(Uint8Array.from(bytes));
}

/** As `parsePrivateKey()`, for text that is decoded already. */
export function parsePrivateKeyText(text: string): Uint8Array<ArrayBuffer> {
  const pem = PEM.exec(text);
  if (pem !== null) return readPem(pem);
  const all = lines(text);
  try {
    return readDigits(all.join(""));
  } catch (error) {
    if (!(error instanceof TextFileError)) throw error;
    // There may be other text after the key.
    for (let count = Math.min(all.length, MOST_KEY_LINES) - 1; count > 0; count--) {
      const key = orUndefined(() => readDigits(all.slice(0, count).join("")), TextFileError);
      if (key !== undefined) return key;
    }
    throw error;
  }
}

/** A key in PEM (RFC 7468), with its label and what is between its lines. */
const PEM = /-----BEGIN ([A-Z0-9 ]+)-----(.*?)-----END \1-----/s;

/** The most lines of a key that other text follows: enough for 1024 bits in lines of 16 letters. */
const MOST_KEY_LINES = 128;

function readPem([, label = "", body = ""]: RegExpExecArray): Uint8Array<ArrayBuffer> {
  // OpenSSL's older format has a header that says that the key is encrypted.
  if (label === "ENCRYPTED PRIVATE KEY" || body.includes("ENCRYPTED")) {
    throw new TextFileError(
      "bad-private-key",
      "The private key is locked with a passphrase; write it without one, for instance with " +
        `"openssl pkey -in FILE -out priv.key"`,
    );
  }
  if (label !== "PRIVATE KEY" && label !== "RSA PRIVATE KEY") throw notAKey();
  return readKey(fromAnyBase64(body.replaceAll(/\s/g, "")) ?? raise(notBase64()));
}

function readDigits(text: string): Uint8Array<ArrayBuffer> {
  const digits = text.replaceAll(/\s/g, "");
  // No key in base64 is taken for hex: its first letter stands for 0x30, the tag of a SEQUENCE,
  // and is an "M".
  const key = fromHex(digits) ?? fromAnyBase64(digits) ?? raise(notBase64());
  const pem = looksLikeDer(key) ? null : PEM.exec(String.fromCharCode(...key));
  return pem === null ? readKey(key) : readPem(pem);
}

/** As `fromBase64()`, also without padding and in the alphabet for URLs (RFC 4648, section 5). */
function fromAnyBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  const usual = text.replaceAll("-", "+").replaceAll("_", "/");
  return fromBase64(
    usual.includes("=") ? usual : usual.padEnd(Math.ceil(usual.length / 4) * 4, "="),
  );
}

function notBase64(): TextFileError {
  return new TextFileError("bad-base64", `The private key is not base64; ${KEY_REMEDY}`);
}

function notAKey(cause?: DerError): TextFileError {
  return new TextFileError(
    "bad-private-key",
    `The private key is cut short or not an RSA private key in PKCS#8 or PKCS#1; ${KEY_REMEDY}`,
    { cause },
  );
}

/** A key in PKCS#8 or PKCS#1, as PKCS#8. */
function readKey(der: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  try {
    return checkedKey(der);
  } catch (error) {
    if (!(error instanceof TextFileError)) throw error;
    return orUndefined(() => pkcs8OfPkcs1(der), DerError) ?? raise(error);
  }
}

function orUndefined<T>(work: () => T, Expected: abstract new (...args: never[]) => Error) {
  try {
    return work();
  } catch (error) {
    if (error instanceof Expected) return undefined;
    throw error;
  }
}

function raise(error: Error): never {
  throw error;
}

/**
 * The content of a `priv.key` for `der`, a private key as PKCS#8 in DER: one line of base64.
 *
 * Throws `bad-private-key` when `der` is not a whole RSA private key.
 */
export function formatPrivateKey(der: Uint8Array): string {
  return `${toBase64(checkedKey(der))}\n`;
}

/** The advice for a key that cannot be used, as messages state it. */
const KEY_REMEDY =
  "restore the file from a copy, or register under another name in another folder (--dir)";

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
    throw new TextFileError(
      "bad-private-key",
      `There is no private key in the file; ${KEY_REMEDY}`,
    );
  }
  try {
    if (lengthOfPrivateKey(der) === der.length) return der;
  } catch (cause) {
    if (!(cause instanceof DerError)) throw cause;
    throw notAKey(cause);
  }
  throw new TextFileError(
    "bad-private-key",
    `The private key is followed by something else; ${KEY_REMEDY}`,
  );
}
