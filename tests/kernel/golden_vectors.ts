/**
 * The golden vectors of protocol 3 with types, for the tests that run them. The names that the
 * vectors use for messages are mapped to the project's own here and nowhere else.
 */

import { Buffer } from "node:buffer";
import type { ReplyKind, RequestKind } from "../../shared/protocol3/message.ts";
import type { RevisionName } from "../../shared/protocol3/revision.ts";
import json from "../vectors/protocol-3.json" with { type: "json" };

/** A message with its header's and its payload's values. */
interface GoldenMessage<Id extends string> {
  readonly id: Id;
  readonly hex: string;
  readonly version: number;
  readonly code: number;
  readonly payloadSize: number;
  readonly fields: Readonly<Record<string, string | number | undefined>>;
}

/** A request other than a file's. */
export type GoldenRequest = GoldenMessage<keyof typeof REQUEST_IDS> & {
  readonly clientId: string;
};

/** A reply. */
export type GoldenReply = GoldenMessage<keyof typeof REPLY_IDS>;

/** A plain content: written out, or as the seed of a generator. */
export interface GoldenPlain {
  readonly plainLength: number;
  readonly plainHex?: string | undefined;
  readonly seed?: number | undefined;
}

/** A file on its way, in one message or more. */
export interface GoldenUpload extends GoldenPlain {
  readonly id: string;
  readonly fileName: string;
  readonly cksum: number;
  readonly contentSize: number;
  readonly cipherSha256: string;
  readonly messages: readonly { readonly payloadSize: number; readonly hex: string }[];
}

/** One revision with all that is said in it. */
export interface GoldenRevision {
  readonly codes: Readonly<Record<keyof typeof REQUEST_NAMES, number | null>>;
  readonly replyCodes: Readonly<Record<keyof typeof REPLY_IDS, number | null>>;
  readonly aesKeyLength: number;
  readonly filePayloadHead: number;
  readonly aesKey: string;
  readonly requests: readonly GoldenRequest[];
  readonly replies: readonly GoldenReply[];
  readonly uploads: readonly GoldenUpload[];
}

/** A message to be refused. */
export interface GoldenRefusal {
  readonly id: string;
  readonly kind: string;
  readonly revision?: RevisionName | undefined;
  readonly hex?: string | undefined;
  /** The reason to refuse it for. */
  readonly outcome: string;
  /** What follows the message: only ever that the connection closes. */
  readonly then?: string | undefined;
  readonly aesKey?: string | undefined;
  /** The id of the client that a reply comes to. */
  readonly clientId?: string | undefined;
}

interface GoldenVectors {
  readonly inputs: { readonly clientId: string; readonly name: string; readonly fileName: string };
  readonly rsa: {
    readonly spkiHex: string;
    readonly pkcs8Hex: string;
    readonly oaep: readonly {
      readonly keyBits: number;
      readonly cipherHex: string;
      readonly decryptsTo: string;
    }[];
  };
  readonly revisions: Readonly<Record<RevisionName, GoldenRevision>>;
  readonly aesCbc: readonly (GoldenPlain & {
    readonly keyBits: number;
    readonly key: string;
    readonly cipherLength: number;
    readonly cipherSha256: string;
    readonly cipherHex?: string | undefined;
  })[];
  readonly cksum: readonly {
    readonly id: string;
    readonly length: number;
    readonly cksum: number;
    readonly hex?: string | undefined;
    readonly fill?: string | undefined;
    readonly seed?: number | undefined;
  }[];
  readonly invalid: readonly GoldenRefusal[];
}

/** The vectors. The cast drops only which of the names a name is; a wrong one fails in the maps. */
export const GOLDEN = json as GoldenVectors;

/** Our names for the requests, by the vectors' names for their codes. */
export const REQUEST_NAMES = {
  register: "register",
  pubkey: "publicKey",
  login: "reconnect",
  file: "file",
  ok: "crcValid",
  retry: "crcRetry",
  abort: "crcAbort",
} as const satisfies Record<string, RequestKind>;

/** Our names for the requests, by the vectors' ids of them. */
export const REQUEST_IDS = {
  register: "register",
  publicKey: "publicKey",
  login: "reconnect",
  "crc-ok": "crcValid",
  "crc-retry": "crcRetry",
  "crc-abort": "crcAbort",
} as const satisfies Record<string, RequestKind>;

/** Our names for the replies, by the vectors' ids and names for their codes. */
export const REPLY_IDS = {
  registered: "registered",
  registerFailed: "registrationRefused",
  keyAccepted: "keyAccepted",
  crc: "fileReceived",
  thanks: "acknowledged",
  loginOk: "reconnectAccepted",
  loginRejected: "reconnectRefused",
  error: "serverError",
} as const satisfies Record<string, ReplyKind>;

/** The revisions by name. */
export const GOLDEN_REVISIONS = Object.entries(GOLDEN.revisions) as readonly (readonly [
  RevisionName,
  GoldenRevision,
])[];

/** The bytes that hexadecimal digits stand for; throws unless all of `digits` are some. */
export function hex(digits: string): Uint8Array<ArrayBuffer> {
  const bytes = Uint8Array.from(Buffer.from(digits, "hex"));
  if (bytes.byteLength * 2 === digits.length) return bytes;
  throw new RangeError("These are not hexadecimal digits, two for each byte");
}

/** Hexadecimal digits of bytes, to compare with those of the vectors. */
export function digits(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

/** `length` bytes of the vectors' generator: see `schema.lcg` in their file. */
export function lcg(seed: number, length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  let state = seed;
  for (let at = 0; at < length; at++) {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    bytes[at] = state >> 16;
  }
  return bytes;
}

/** The bytes of a plain content. */
export function plainOf(
  { plainHex, seed, plainLength }: GoldenPlain,
): Uint8Array<ArrayBuffer> {
  return plainHex === undefined ? lcg(seed ?? 0, plainLength) : hex(plainHex);
}

/** Byte strings one after the other, in new memory. */
export function joined(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(pieces.reduce((size, piece) => size + piece.byteLength, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.byteLength;
  }
  return all;
}
