import { createHash } from "node:crypto";
import { fromBase64Url, toBase64Url } from "../../../shared/text/encodings.ts";

/** Bytes of a token, of an invitation and of a code for another computer: all are random. */
const SECRET_SIZE = 32;

/** A secret that is handed out once, of which only the hash is kept. */
export interface Secret {
  /** As it is handed out: base64url, 43 characters. */
  readonly text: string;
  /** SHA-256 of the text, 32 bytes. */
  readonly hash: Uint8Array<ArrayBuffer>;
}

/** Makes a secret of random bytes. `prefix` is part of its text. */
export function makeSecret(prefix: string = ""): Secret {
  const text = prefix + toBase64Url(crypto.getRandomValues(new Uint8Array(SECRET_SIZE)));
  return { text, hash: secretHash(text) };
}

/** The public id of a new client, computer or token: 16 random bytes. */
export function randomId(): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(16));
}

/** Whether a text has the form of a secret with that prefix. */
export function isSecret(text: string, prefix: string = ""): boolean {
  if (!text.startsWith(prefix)) return false;
  return fromBase64Url(text.slice(prefix.length))?.byteLength === SECRET_SIZE;
}

/** The hash that is kept of a secret. The bytes are random, so that one round is enough. */
export function secretHash(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(createHash("sha256").update(text).digest());
}
