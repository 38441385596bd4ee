import { CLIENT_ID_SIZE } from "./client_id.ts";
import type { Values } from "./layout.ts";
import { CHECKSUM, CLIENT, PROTOCOL_VERSION, REPLY_HEADER, type ReplyKind } from "./message.ts";
import { ProtocolError } from "./protocol_error.ts";
import type { Revision } from "./revision.ts";

/** Replies that bring an AES key, encrypted with RSA-OAEP: 128 bytes for RSA-1024. */
export type KeyReply = {
  readonly kind: "keyAccepted" | "reconnectAccepted";
  readonly clientId: Uint8Array;
  readonly encryptedKey: Uint8Array;
};

/** The checksum of a file that is in. `contentSize` is that of the encrypted file. */
export type ChecksumReply = { readonly kind: "fileReceived" } & Values<typeof CHECKSUM>;

/**
 * No reply of the protocol, and only ever written: some clients await one for each packet but the last,
 * with the code of `fileReceived` and nothing but their id.
 */
export type PacketReply = { readonly kind: "packetReceived"; readonly clientId: Uint8Array };

/** What a server can say. Read from the wire, its values own their memory. */
export type Reply =
  | ({ readonly kind: "registered" } & Values<typeof CLIENT>)
  | KeyReply
  | ChecksumReply
  | { readonly kind: "acknowledged" | "reconnectRefused"; readonly clientId?: Uint8Array }
  | { readonly kind: "registrationRefused" | "serverError" };

/** The most bytes that an encrypted key may have: RSA of 4,096 bits. */
const MAX_ENCRYPTED_KEY = 512;

/** The most bytes that the payload of a reply may have, in any revision. */
export const MAX_REPLY_PAYLOAD: number = CLIENT_ID_SIZE + MAX_ENCRYPTED_KEY;

/**
 * A whole reply, ready to be sent.
 *
 * Throws a `RangeError` when the revision has no such reply: 2022c ends at `acknowledged`.
 */
export function encodeReply(revision: Revision, reply: Reply | PacketReply): Uint8Array {
  const code = revision.replies[reply.kind === "packetReceived" ? "fileReceived" : reply.kind];
  if (code === undefined) {
    throw new RangeError(`Revision ${revision.name} has no reply "${reply.kind}"`);
  }
  const payload = encodePayload(revision, reply);
  const bytes = new Uint8Array(REPLY_HEADER.size + payload.byteLength);
  REPLY_HEADER.encodeInto(bytes, {
    version: PROTOCOL_VERSION,
    code,
    payloadSize: payload.byteLength,
  });
  bytes.set(payload, REPLY_HEADER.size);
  return bytes;
}

function encodePayload(revision: Revision, reply: Reply | PacketReply): Uint8Array {
  switch (reply.kind) {
    case "registered":
    case "packetReceived":
      return CLIENT.encode(reply);
    case "keyAccepted":
    case "reconnectAccepted": {
      const payload = new Uint8Array(CLIENT.size + reply.encryptedKey.byteLength);
      CLIENT.encodeInto(payload, reply);
      payload.set(reply.encryptedKey, CLIENT.size);
      return payload;
    }
    case "fileReceived":
      return CHECKSUM.encode(reply);
    case "acknowledged":
    case "reconnectRefused": {
      const layout = reply.kind === "acknowledged" ? revision.acknowledged : CLIENT;
      if (layout.size > 0 && reply.clientId === undefined) {
        throw new RangeError(`The reply "${reply.kind}" names a client in ${revision.name}`);
      }
      return layout.encode({ clientId: reply.clientId ?? new Uint8Array(CLIENT_ID_SIZE) });
    }
    default:
      return new Uint8Array(0);
  }
}

/**
 * Reads the payload of a reply of a known kind by the letter of the revision.
 *
 * Throws a `ProtocolError` with the reason `payload-size-mismatch` for any other size. The values
 * are views of `payload`.
 */
export function decodeReply(revision: Revision, kind: ReplyKind, payload: Uint8Array): Reply {
  const expect = (size: number) => {
    if (payload.byteLength === size) return;
    throw new ProtocolError(
      "payload-size-mismatch",
      `The reply "${kind}" has a payload of ${payload.byteLength} bytes instead of ${size}`,
    );
  };
  switch (kind) {
    case "registered":
      expect(CLIENT.size);
      return { kind, ...CLIENT.decode(payload) };
    case "keyAccepted":
    case "reconnectAccepted":
      if (payload.byteLength <= CLIENT.size) expect(CLIENT.size + 128);
      return {
        kind,
        ...CLIENT.decode(payload),
        encryptedKey: payload.subarray(CLIENT.size),
      };
    case "fileReceived":
      expect(CHECKSUM.size);
      return { kind, ...CHECKSUM.decode(payload) };
    case "acknowledged":
      expect(revision.acknowledged.size);
      return { kind, ...revision.acknowledged.decode(payload) };
    case "reconnectRefused":
      expect(CLIENT.size);
      return { kind, ...CLIENT.decode(payload) };
    default:
      expect(0);
      return { kind };
  }
}
