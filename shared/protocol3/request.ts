import type { TextField, Values } from "../wire/layout.ts";
import {
  type Message,
  type NAME,
  type NAME_AND_KEY,
  PROTOCOL_VERSION,
  REQUEST_HEADER,
  type RequestKind,
  type VerdictKind,
} from "./message.ts";
import type { Revision } from "./revision.ts";
import type { ClientId } from "../wire/client_id.ts";

/** The common values of requests. Read from the wire, they own their memory. */
interface Said<Kind extends RequestKind> {
  readonly kind: Kind;
  /** The client's id, 16 bytes; has no meaning in a registration. */
  readonly clientId: ClientId;
}

/** Asks for an id under a name. */
export type RegisterRequest = Said<"register"> & Values<typeof NAME>;

/** Sends an id that the server gave before. */
export type ReconnectRequest = Said<"reconnect"> & Values<typeof NAME>;

/** Sends the public key, 160 bytes of DER. */
export type PublicKeyRequest = Said<"publicKey"> & Values<typeof NAME_AND_KEY>;

/** Answers a checksum. */
export type VerdictRequest = Said<VerdictKind> & { readonly fileName: TextField };

/** The head of a file request; `packetSize` bytes of content follow it. */
export type FileRequest = Said<"file"> & {
  /** Bytes of the whole encrypted file. */
  readonly contentSize: number;
  /** Bytes of the plain file, in revisions with that field. */
  readonly originalSize?: number;
  /** The number of this packet, from 1. */
  readonly packet: number;
  /** The number of packets of the file; 1 in revisions without packets. */
  readonly packets: number;
  readonly fileName: TextField;
  /** Bytes of content in this packet. */
  readonly packetSize: number;
};

/** A request that is complete in itself: all but the file. */
export type ShortRequest =
  | RegisterRequest
  | ReconnectRequest
  | PublicKeyRequest
  | VerdictRequest;

/**
 * A whole request other than a file's, ready to be sent.
 *
 * Throws a `RangeError` when the revision has no such request: 2022c has no `reconnect`.
 */
export function encodeRequest(revision: Revision, request: ShortRequest): Uint8Array {
  return frame(revision, { ownerId: request.clientId, ...request });
}

/**
 * The header and the head of a file request, to be followed by `packetSize` bytes of content.
 *
 * Throws a `RangeError` when the request has several packets and the revision has none.
 */
export function encodeFileHead(revision: Revision, request: FileRequest): Uint8Array {
  if (!revision.packets && request.packets !== 1) {
    throw new RangeError(`Revision ${revision.name} has no packets`);
  }
  const { clientId, packetSize } = request;
  return frame(revision, { ownerId: clientId, originalSize: 0, ...request }, packetSize);
}

/** A header and the fields of a request, whose payload has `more` bytes after them. */
function frame(
  revision: Revision,
  request: Said<RequestKind> & { readonly ownerId: Uint8Array },
  more = 0,
): Uint8Array {
  const { kind, clientId } = request;
  const message: Message | undefined = revision.requests[kind];
  if (message === undefined) {
    throw new RangeError(`Revision ${revision.name} has no request "${kind}"`);
  }
  const { code, layout } = message;
  const bytes = new Uint8Array(REQUEST_HEADER.size + layout.size);
  REQUEST_HEADER.encodeInto(bytes, {
    clientId,
    version: PROTOCOL_VERSION,
    code,
    payloadSize: layout.size + more,
  });
  bytes.set(layout.encodeFrom(request), REQUEST_HEADER.size);
  return bytes;
}
