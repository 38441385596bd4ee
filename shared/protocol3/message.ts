import { CLIENT_ID_SIZE, type ClientId, clientIdOf } from "../wire/client_id.ts";
import {
  bytes,
  type Field,
  type Fields,
  type Layout,
  layout,
  text,
  u16,
  u32,
  u8,
} from "../wire/layout.ts";

/** Clients that pad requests pad them to a multiple of this many bytes. */
export const PADDING_BLOCK = 65_535;

/** The kinds of requests. */
export type RequestKind =
  /** Asks for an id under a name. */
  | "register"
  /** Sends the client's RSA public key, asks for an AES key. */
  | "publicKey"
  /** Sends the id that the server gave before, asks for a new AES key. */
  | "reconnect"
  /** Sends a file, or one packet of it. */
  | "file"
  /** The checksum is right: store the file. */
  | "crcValid"
  /** The checksum is wrong: the file follows again. */
  | "crcRetry"
  /** The checksum is wrong for the last time: drop the file. */
  | "crcAbort";

/** The kinds of replies. */
export type ReplyKind =
  /** Gives a new client its id. */
  | "registered"
  /**
   * The name is taken; in 2022c, which has no `serverError`, also that anything else went wrong.
   */
  | "registrationRefused"
  /** The AES key, encrypted for the public key just received. */
  | "keyAccepted"
  /** The file was received: its checksum. */
  | "fileReceived"
  /** Answers `crcValid` and `crcAbort`. */
  | "acknowledged"
  /** The AES key, encrypted for the public key on record. */
  | "reconnectAccepted"
  /** The id is not known or has no valid public key: register again. */
  | "reconnectRefused"
  /** Anything else went wrong. */
  | "serverError";

/** The three verdicts on a checksum. */
export type VerdictKind = "crcValid" | "crcRetry" | "crcAbort";

/** The version byte of every message: 3. */
export const PROTOCOL_VERSION = 3;

/**
 * Bytes in the public key field: X.509 SubjectPublicKeyInfo of RSA-1024 with a one-byte exponent.
 */
export const PUBLIC_KEY_SIZE = 160;

const ID_BYTES = bytes(CLIENT_ID_SIZE);

/** A client id. Reading gives a view. */
export const id: Field<ClientId> = {
  ...ID_BYTES,
  read: (view, offset) => clientIdOf(ID_BYTES.read(view, offset)),
};

/** The header of every request: 23 bytes. */
export const REQUEST_HEADER = layout({ clientId: id, version: u8, code: u16, payloadSize: u32 });

/** The header of every reply: 7 bytes. */
export const REPLY_HEADER = layout({ version: u8, code: u16, payloadSize: u32 });

/** The payload of `register` and `reconnect`. */
export const NAME = layout({ name: text });

/** The payload of `publicKey`. */
export const NAME_AND_KEY = layout({ name: text, publicKey: bytes(PUBLIC_KEY_SIZE) });

/** The payload of replies that only name the client. */
export const CLIENT = layout({ clientId: id });

/** The payload of `fileReceived`; `contentSize` is that of the encrypted file. */
export const CHECKSUM = layout({ clientId: id, contentSize: u32, fileName: text, checksum: u32 });

/** The payload of a reply without fields. */
export const NOTHING = layout({});

/** Before the content of a file request in 2023a and 2023c. */
export const FILE = layout({ contentSize: u32, fileName: text });

/** The same in 2022c, where file and verdict name the client once more. */
export const OWNED_FILE = layout({ ownerId: id, contentSize: u32, fileName: text });

/** The same from 2024 on, where a file comes in packets numbered from 1. */
export const PACKET = layout({
  contentSize: u32,
  originalSize: u32,
  packet: u16,
  packets: u16,
  fileName: text,
});

/** The payload of the three verdicts. */
export const VERDICT = layout({ fileName: text });

/** The same in 2022c. */
export const OWNED_VERDICT = layout({ ownerId: id, fileName: text });

/** Bytes that may follow the fields in a payload. */
export interface Tail {
  readonly least: number;
  readonly most: number;
}

/** A payload of fields only. */
export const NO_TAIL: Tail = { least: 0, most: 0 };

/** The content of a file, or of a packet of it. */
export const CONTENT: Tail = { least: 0, most: 0xffff_ffff };

/** Bytes in an AES key that RSA-1024 has encrypted. */
export const ENCRYPTED_KEY_SIZE = 128;

/** An encrypted AES key, of an RSA key of up to 4,096 bits. */
export const ENCRYPTED_KEY: Tail = { least: 1, most: 512 };

/** One message of a revision: its code, and the parts of its payload. */
export interface Message<L extends Layout<Fields> = Layout<Fields>> {
  readonly code: number;
  /** The fields of the payload. */
  readonly layout: L;
  /** What follows them. */
  readonly tail: Tail;
}

/** Whether the message can have a payload of this many bytes. */
export function fits({ layout, tail }: Message, payloadSize: number): boolean {
  const rest = payloadSize - layout.size;
  return rest >= tail.least && rest <= tail.most;
}

/** The layouts of requests, in all revisions. */
export interface RequestLayouts {
  readonly register: typeof NAME;
  readonly publicKey: typeof NAME_AND_KEY;
  readonly reconnect: typeof NAME;
  readonly file: typeof FILE | typeof OWNED_FILE | typeof PACKET;
  readonly crcValid: typeof VERDICT | typeof OWNED_VERDICT;
  readonly crcRetry: typeof VERDICT | typeof OWNED_VERDICT;
  readonly crcAbort: typeof VERDICT | typeof OWNED_VERDICT;
}

/** The layouts of replies. */
export interface ReplyLayouts {
  readonly registered: typeof CLIENT;
  readonly registrationRefused: typeof NOTHING;
  readonly keyAccepted: typeof CLIENT;
  readonly fileReceived: typeof CHECKSUM;
  readonly acknowledged: typeof CLIENT | typeof NOTHING;
  readonly reconnectAccepted: typeof CLIENT;
  readonly reconnectRefused: typeof CLIENT;
  readonly serverError: typeof NOTHING;
}
