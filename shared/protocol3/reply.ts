import type { Values } from "../wire/layout.ts";
import {
  type CHECKSUM,
  CLIENT,
  ENCRYPTED_KEY,
  ENCRYPTED_KEY_SIZE,
  fits,
  type Message,
  PROTOCOL_VERSION,
  REPLY_HEADER,
  type ReplyKind,
} from "./message.ts";
import { ProtocolError } from "./protocol_error.ts";
import type { Revision } from "./revision.ts";
import type { ClientId } from "../wire/client_id.ts";

/** Replies with an AES key, encrypted with RSA-OAEP: 128 bytes for RSA-1024. */
export type KeyReply = {
  readonly kind: "keyAccepted" | "reconnectAccepted";
  readonly clientId: ClientId;
  readonly encryptedKey: Uint8Array;
};

/** The checksum of a received file. `contentSize` is that of the encrypted file. */
export type ChecksumReply = { readonly kind: "fileReceived" } & Values<typeof CHECKSUM>;

/**
 * Not a reply of the protocol, and only ever sent: some clients expect one for each packet but the
 * last, with the code of `fileReceived` and only their id.
 */
export type PacketReply = { readonly kind: "packetReceived"; readonly clientId: ClientId };

/** A reply. Read from the wire, its values own their memory. */
export type Reply =
  | ({ readonly kind: "registered" } & Values<typeof CLIENT>)
  | KeyReply
  | ChecksumReply
  | { readonly kind: "acknowledged" | "reconnectRefused"; readonly clientId?: ClientId }
  | { readonly kind: "registrationRefused" | "serverError" };

/** The most bytes that the payload of a reply may have, in any revision. */
export const MAX_REPLY_PAYLOAD: number = CLIENT.size + ENCRYPTED_KEY.most;

/**
 * A whole reply, ready to be sent.
 *
 * Throws a `RangeError` when the revision has no such reply (2022c ends at `acknowledged`), and
 * when one that names a client lacks its id.
 */
export function encodeReply(revision: Revision, reply: Reply | PacketReply): Uint8Array {
  const { code, layout } = messageOf(revision, reply.kind);
  const tail = "encryptedKey" in reply ? reply.encryptedKey : NO_BYTES;
  const payloadSize = layout.size + tail.byteLength;
  const bytes = new Uint8Array(REPLY_HEADER.size + payloadSize);
  REPLY_HEADER.encodeInto(bytes, { version: PROTOCOL_VERSION, code, payloadSize });
  bytes.set(layout.encodeFrom(reply), REPLY_HEADER.size);
  bytes.set(tail, REPLY_HEADER.size + layout.size);
  return bytes;
}

const NO_BYTES = new Uint8Array(0);

function messageOf(revision: Revision, kind: (Reply | PacketReply)["kind"]): Message {
  if (kind === "packetReceived") return { ...revision.replies.fileReceived, layout: CLIENT };
  const message = revision.replies[kind];
  if (message !== undefined) return message;
  throw new RangeError(`Revision ${revision.name} has no reply "${kind}"`);
}

/**
 * Reads the payload of a reply of a known kind, strictly by the revision.
 *
 * Throws a `ProtocolError` with the reason `payload-size-mismatch` for any other size. The values
 * are views of `payload`.
 */
export function decodeReply(revision: Revision, kind: ReplyKind, payload: Uint8Array): Reply {
  const message = messageOf(revision, kind);
  const { layout, tail } = message;
  if (!fits(message, payload.byteLength)) {
    const usual = layout.size + (tail === ENCRYPTED_KEY ? ENCRYPTED_KEY_SIZE : 0);
    throw new ProtocolError(
      "payload-size-mismatch",
      `The reply "${kind}" has a payload of ${payload.byteLength} bytes instead of ${usual}`,
    );
  }
  const rest = tail === ENCRYPTED_KEY && { encryptedKey: payload.subarray(layout.size) };
  // The table has the layout of the type for each kind.
  return { kind, ...layout.decode(payload), ...rest } as Reply;
}
