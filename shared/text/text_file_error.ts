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
