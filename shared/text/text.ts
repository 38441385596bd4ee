import { quoted } from "./quoted.ts";

/**
 * The largest text file that is read, in bytes. The largest that makes sense, a `me.info` with a
 * wrapped key in UTF-16, has less than 4 KiB; 64 KiB leaves room and bounds the work.
 */
export const MAX_TEXT_FILE_SIZE: number = 64 * 1024;

/** Throws `too-large` when `bytes` has more than `MAX_TEXT_FILE_SIZE` bytes. */
export function checkTextFileSize(bytes: Uint8Array): void {
  if (bytes.length > MAX_TEXT_FILE_SIZE) {
    throw new TextFileError(
      "too-large",
      `The file has more than ${MAX_TEXT_FILE_SIZE} bytes; check that it is the right one`,
    );
  }
}

/**
 * Decodes the text of a file in any of the usual encodings.
 *
 * Read are UTF-8 and UTF-16 of both byte orders, with or without a byte-order mark, which is not
 * part of the result. Without a mark, text is taken for UTF-16 when every other byte is zero, which
 * is what characters up to U+00FF look like there. Everything else must be UTF-8.
 *
 * Throws `too-large` for more than `MAX_TEXT_FILE_SIZE` bytes, and `bad-encoding` when the bytes
 * are no such text.
 */
export function decodeText(bytes: Uint8Array): string {
  checkTextFileSize(bytes);
  const encoding = encodingOf(bytes);
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new TextFileError(
      "bad-encoding",
      `The file is not valid text in ${encoding.toUpperCase()}; save it as UTF-8`,
      { cause },
    );
  }
}

/**
 * The lines of `text`, which may end in LF or CRLF: without their ends, the blanks before them, and
 * the empty lines at the end of the text. Blanks at the beginning of a line stay.
 */
export function lines(text: string): readonly string[] {
  // trimEnd() takes the CR too, and is linear where a regular expression for blanks at the end
  // goes quadratic on a long run of them in the middle.
  const all = text.split("\n").map((line) => line.trimEnd());
  return all.slice(0, all.findLastIndex((line) => line !== "") + 1);
}

/**
 * Throws `not-one-line` unless `value`, written as a line of UTF-8 text, would be read back as it
 * is; `what` names the value in the message, for instance `user name`.
 *
 * Refused are the empty text, line breaks, blanks at the end, NULs, a byte-order mark at the
 * beginning, and halves of surrogate pairs.
 */
export function checkLine(value: string, what: string): void {
  const readBack = lines(value);
  const isLine = readBack.length === 1 && readBack[0] === value && !value.includes("\0") &&
    !value.startsWith("\ufeff") && value.isWellFormed();
  if (!isLine) {
    throw new TextFileError(
      "not-one-line",
      `The ${what} ${quoted(value)} cannot stand on a line of a text file; ` +
        "give one without line breaks, NULs or blanks at the end",
    );
  }
}

type Encoding = "utf-8" | "utf-16le" | "utf-16be";

function encodingOf(bytes: Uint8Array): Encoding {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return "utf-16le";
  if (first === 0xfe && second === 0xff) return "utf-16be";
  if (bytes.length === 0 || bytes.length % 2 !== 0) return "utf-8";
  if (bytes.every((byte, index) => index % 2 === 0 || byte === 0)) return "utf-16le";
  if (bytes.every((byte, index) => index % 2 === 1 || byte === 0)) return "utf-16be";
  return "utf-8";
}

/** Why a text file was refused; the names are those of the golden vectors where these have one. */
export type TextFileReason =
  /** The file is larger than `MAX_TEXT_FILE_SIZE`. */
  | "too-large"
  /** The bytes are not text in UTF-8 or UTF-16. */
  | "bad-encoding"
  /** A line that the file must have is not there. */
  | "missing-line"
  /** A value cannot be written on a line and read back. */
  | "not-one-line"
  /** Not of the form `host:port`. */
  | "bad-address"
  /** The key of a server's address is not 44 characters that stand for a P-256 point. */
  | "bad-server-key"
  /** The part behind the key of a server's address is no invitation. */
  | "bad-invitation"
  /** The port is not a whole decimal number. */
  | "bad-port"
  /** The port is a number outside 1 to 65535. */
  | "port-out-of-range"
  /** The user name has no character but blanks. */
  | "empty-name"
  /** The user name has more than 100 characters. */
  | "name-too-long"
  /** The user name has a character that the protocol's ASCII field cannot carry. */
  | "name-not-ascii"
  /** The client id is not 32 hexadecimal digits. */
  | "bad-uuid"
  /** The private key is neither base64 nor hex. */
  | "bad-base64"
  /** What was decoded is not a whole RSA private key in PKCS#8. */
  | "bad-private-key";

/**
 * A text file that cannot be used, or a value that cannot be written to one.
 *
 * The message says what is wrong and what to do. It does not name the file, since the parsers only
 * see its bytes: the caller that read the file adds its path. A message never contains any part of
 * a private key.
 */
export class TextFileError extends Error {
  override readonly name: string = "TextFileError";
  /** The reason, for callers that distinguish cases. */
  readonly reason: TextFileReason;

  /** `options.cause` is the error that showed it, if there was one. */
  constructor(reason: TextFileReason, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

/**
 * The most characters a user name may have, in Unicode code points. It is the limit of the client's
 * configuration file; the field of the protocol would hold 254.
 */
export const MAX_NAME_LENGTH: number = 100;

/**
 * Checks that `name` can be written to `transfer.info` and `me.info`: a line of 1 to 100 characters
 * of any script.
 *
 * Throws `empty-name` when there is none but blanks, `name-too-long`, and `not-one-line` for line
 * breaks, NULs and blanks at the end.
 */
export function checkUserName(name: string): void {
  if (name.trim() === "") {
    throw new TextFileError(
      "empty-name",
      `The user name is empty; give one of 1 to ${MAX_NAME_LENGTH} characters`,
    );
  }
  const length = [...name].length;
  if (length > MAX_NAME_LENGTH) {
    throw new TextFileError(
      "name-too-long",
      `The user name ${
        quoted(name)
      } has ${length} characters; give one of at most ${MAX_NAME_LENGTH}`,
    );
  }
  checkLine(name, "user name");
}

/**
 * Checks that `name` can be sent: what `checkUserName()` asks, and only printable ASCII (0x20 to
 * 0x7E), because the name field of the protocol is ASCII.
 *
 * A name that passes can be written to `me.info` after the server has accepted it.
 *
 * Throws as `checkUserName()` does, and `name-not-ascii` for any other character.
 */
export function checkAsciiName(name: string): void {
  checkUserName(name);
  if (!/^[\x20-\x7e]*$/.test(name)) {
    throw new TextFileError(
      "name-not-ascii",
      `The user name ${quoted(name)} cannot be sent; ` +
        "give one of unaccented Latin letters, digits, blanks and punctuation",
    );
  }
}
