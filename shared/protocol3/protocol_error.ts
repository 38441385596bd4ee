import type { TextFault } from "../wire/layout.ts";
import type { Deviation } from "./deviation.ts";

/**
 * Why a message of protocol 3 was refused. The names are part of the project's interface: they
 * appear in log lines, counters, JSON output and the golden vectors.
 */
export type ProtocolReason =
  /** The connection ended inside a header. */
  | "truncated-header"
  /** The connection ended inside a payload. */
  | "truncated-payload"
  /** No message of the revision has this code. */
  | "unknown-code"
  /** The payload is larger than any message of its kind could be. */
  | "payload-too-large"
  /** The payload's size does not match its code and fields. */
  | "payload-size-mismatch"
  /** A file request without room for its own fields and one block of content. */
  | "file-payload-too-small"
  /** The file exceeds the limit. */
  | "file-too-large"
  /** The content size is zero or not a whole number of 16-byte blocks. */
  | "content-size-not-block"
  /** The original size cannot belong to the content size. */
  | "orig-size-mismatch"
  /** A packet number outside of 1 to the total, or not the one that was due. */
  | "bad-packet-number"
  /** A packet that contradicts the first packet of its file. */
  | "packet-mismatch"
  /** The packets have more bytes than the content size announced. */
  | "content-overflow"
  /** The last packet was received and the content is not complete. */
  | "content-incomplete"
  /** The name field is invalid. */
  | TextFault["reason"]
  /** The public key is not one that the protocol allows. */
  | "public-key-invalid"
  /** A reply for another client. */
  | "client-id-mismatch"
  /** The AES key in a reply cannot be opened with the private key. */
  | "key-not-decryptable"
  /** The AES key in a reply is not of 16, 24 or 32 bytes. */
  | "aes-key-length"
  /** The content does not end in PKCS#7 padding. */
  | "bad-padding";

/** A message that protocol 3 does not allow, with the name of the rule that it breaks. */
export class ProtocolError extends Error {
  override readonly name = "ProtocolError";
  /** The rule that was broken, or the deviation that was refused. */
  readonly reason: ProtocolReason | Deviation;

  constructor(reason: ProtocolReason | Deviation, message: string) {
    super(message);
    this.reason = reason;
  }
}
