/**
 * What clients and servers sign. Each begins with its purpose and a NUL, so that no signature can
 * stand for another; fields of variable length carry it before them in two bytes, the lowest first.
 */

import { CLIENT_ID_SIZE } from "../../wire/client_id.ts";
import { joined } from "../../wire/bytes.ts";
import { SPKI_SIZE } from "./public_key.ts";

/** Bytes of a nonce of a server. */
export const NONCE_SIZE = 48;

/** Bytes of an Ed25519 signature, and of one of ECDSA with P-256 as WebCrypto gives it. */
export const SIGNATURE_SIZE = 64;

const utf8 = new TextEncoder();

/** What a client signs for a token: the server's key keeps a signature from being relayed. */
export function loginBytes({ server, clientId, nonce }: {
  /** The server's public key. */
  readonly server: Uint8Array;
  readonly clientId: Uint8Array;
  readonly nonce: Uint8Array;
}): Uint8Array<ArrayBuffer> {
  return joined(
    purpose("login"),
    sized(server, SPKI_SIZE),
    sized(clientId, CLIENT_ID_SIZE),
    sized(nonce, NONCE_SIZE),
  );
}

/** What a client signs to register: with the key that it registers. */
export function registerBytes({ server, nonce, name, invitation }: {
  readonly server: Uint8Array;
  readonly nonce: Uint8Array;
  readonly name: string;
  /** Empty without one. */
  readonly invitation: string;
}): Uint8Array<ArrayBuffer> {
  return joined(
    purpose("register"),
    sized(server, SPKI_SIZE),
    sized(nonce, NONCE_SIZE),
    text(name),
    text(invitation),
  );
}

/** What another computer of a client signs, with its own key, to be added to the client. */
export function deviceBytes({ server, nonce, label, code }: {
  readonly server: Uint8Array;
  readonly nonce: Uint8Array;
  /** What the person calls the computer. */
  readonly label: string;
  /** The code of the one-time address. */
  readonly code: string;
}): Uint8Array<ArrayBuffer> {
  return joined(
    purpose("device"),
    sized(server, SPKI_SIZE),
    sized(nonce, NONCE_SIZE),
    text(label),
    text(code),
  );
}

/** What a server signs with its old key when it takes another. */
export function rotationBytes({ old, now, from }: {
  readonly old: Uint8Array;
  readonly now: Uint8Array;
  /** The moment of the change, as in RFC 3339. */
  readonly from: string;
}): Uint8Array<ArrayBuffer> {
  return joined(purpose("rotate"), sized(old, SPKI_SIZE), sized(now, SPKI_SIZE), text(from));
}

function purpose(word: string): Uint8Array {
  return utf8.encode(`sealpost-4 ${word}\0`);
}

/** Bytes that must have one size. Throws a `RangeError` for another. */
function sized(bytes: Uint8Array, size: number): Uint8Array {
  if (bytes.byteLength !== size) {
    throw new RangeError(`A field of ${bytes.byteLength} bytes cannot be signed; it has ${size}`);
  }
  return bytes;
}

/** Text in UTF-8 behind its length. Throws a `RangeError` when it is longer than 65,535 bytes. */
function text(value: string): Uint8Array {
  const bytes = utf8.encode(value);
  if (bytes.byteLength > 0xffff) {
    throw new RangeError(
      `A text of ${bytes.byteLength} bytes cannot be signed; give a shorter one`,
    );
  }
  return joined(Uint8Array.of(bytes.byteLength & 255, bytes.byteLength >> 8), bytes);
}
