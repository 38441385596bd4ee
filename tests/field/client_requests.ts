/**
 * The requests of a client in the field, byte by byte. Nothing here uses the encoders and ciphers
 * that the server's code is made of: a mistake in them must not cancel out.
 */

import { Buffer } from "node:buffer";
import { createCipheriv } from "node:crypto";
import type { RequestKind } from "../../shared/protocol3/message.ts";
import type { Revision } from "../../shared/protocol3/revision.ts";
import type { Habits } from "./client_habits.ts";
import type { ClientId } from "../../shared/wire/client_id.ts";

/** Bytes of content in a full packet, unless a client has others. */
export const PACKET = 64;

/** Whole blocks of this size are what some clients send and read. */
export const PADDED_TO = 65_535;

const NAME_FIELD = 255;

/** Who speaks, and how. */
export interface Speaker {
  readonly revision: Revision;
  readonly habits: Habits;
  /** 16 bytes. */
  readonly clientId: ClientId;
  /** Bytes of content in a full packet, a multiple of 16. Default: `PACKET`. */
  readonly packetSize?: number;
}

/** A file on its way. */
export interface Sending {
  readonly name: string;
  readonly plain: Uint8Array;
  readonly aesKey: Uint8Array;
  /** Whether one byte of the content is sent wrong. */
  readonly spoiled: boolean;
}

/** One file request. */
export interface Packet {
  /** The whole request as it is sent. */
  readonly bytes: Uint8Array;
  /** The content size that it announces. */
  readonly contentSize: number;
  /** What of the plain file is in it, when it is encrypted on its own. */
  readonly plain: Uint8Array;
}

/** A request: header and payload, of which `more` bytes are announced besides those given. */
export function request(
  kind: RequestKind,
  { speaker: { revision, habits, clientId }, payload, more = 0 }: {
    readonly speaker: Speaker;
    readonly payload: Uint8Array;
    readonly more?: number;
  },
): Uint8Array {
  const code = revision.requests[kind]?.code;
  if (code === undefined) throw new RangeError(`${revision.name} has no request "${kind}"`);
  const bytes = Buffer.concat([Buffer.alloc(23), payload]);
  bytes.set(clientId, 0);
  if (kind === "register") bytes.fill(habits.junkIdInRegistration ? 0xc3 : 0, 0, 16);
  bytes.writeUInt8(habits.version ?? 3, 16);
  bytes.writeUInt16LE(code, 17);
  bytes.writeUInt32LE(payload.byteLength + more, 19);
  if (!habits.paddedRequests) return bytes;
  return Buffer.concat([bytes], Math.ceil(bytes.byteLength / PADDED_TO) * PADDED_TO);
}

/** A name in its field of 255 bytes. */
export function nameField(name: string, habits: Habits): Uint8Array {
  const field = Buffer.alloc(NAME_FIELD);
  const text = Buffer.from(`${name}\0${habits.strayBytesInNames ? "old\0name" : ""}`);
  text.copy(field, habits.namesPaddedLeft ? NAME_FIELD - text.byteLength : 0);
  return field;
}

/** The payload of a verdict. */
export function verdictPayload(name: string, speaker: Speaker): Uint8Array {
  const { revision, habits, clientId } = speaker;
  const owner = habits.zeroOwnerId ? new Uint8Array(16) : clientId;
  return Buffer.concat([revision.owned ? owner : new Uint8Array(0), nameField(name, habits)]);
}

/** All packets of a file, in order; one where a revision has no packets. */
export function packetsOf(sending: Sending, speaker: Speaker): readonly Packet[] {
  const { revision, habits, packetSize = PACKET } = speaker;
  const plains = revision.packets && habits.encryptedApart
    ? split(sending.plain, packetSize - 16)
    : [sending.plain];
  const key = habits.firstHalfOfKey ? sending.aesKey.subarray(0, 16) : sending.aesKey;
  const messages = plains.map((plain) => encrypt(plain, key));
  const contents = messages.length > 1 || !revision.packets
    ? messages
    : messages.flatMap((message) => split(message, packetSize));
  const end = contents.at(-1);
  if (sending.spoiled && end !== undefined) end[0] = ~(end[0] ?? 0);
  const tooLarge = habits.contentTooLarge === "size and payload" ||
      habits.contentTooLarge === "size alone" && contents.length > 1
    ? 16
    : 0;
  const sum = contents.reduce((size, { byteLength }) => size + byteLength, 0);
  return contents.map((content, index) => {
    const last = index === contents.length - 1;
    const own = habits.encryptedApart === "own size" && contents.length > 1;
    const plain = plains[index] ?? new Uint8Array(0);
    const contentSize = own ? content.byteLength + (last ? tooLarge : 0) : sum + tooLarge;
    const originalSize = own && habits.originalSizeOfPacket ? plain : sending.plain;
    const fields = fileFields(
      { index, contents, contentSize, originalSize },
      sending.name,
      speaker,
    );
    const { sent, more } = lastContent(content, { habits, packetSize, last, tooLarge });
    const hidden = habits.sizeWithoutContent && contents.length === 1 ? sent.byteLength : 0;
    const payload = Buffer.concat([fields, sent]);
    return {
      bytes: request("file", { speaker, payload, more: more - hidden }),
      contentSize,
      plain,
    };
  });
}

/** What is sent of a packet's content, and how many bytes more its payload size announces. */
function lastContent(
  content: Uint8Array,
  { habits, packetSize, last, tooLarge }: {
    readonly habits: Habits;
    readonly packetSize: number;
    readonly last: boolean;
    readonly tooLarge: number;
  },
): { readonly sent: Uint8Array; readonly more: number } {
  if (!last) return { sent: content, more: 0 };
  if (habits.contentTooLarge === "size and payload") return { sent: content, more: tooLarge };
  const full = Math.ceil(content.byteLength / packetSize) * packetSize;
  const free = full - content.byteLength;
  if (habits.lastPacketFull === "not sent") return { sent: content, more: free };
  if (habits.lastPacketFull !== "zeros") return { sent: content, more: 0 };
  return { sent: Buffer.concat([content], full), more: 0 };
}

/** The fields of a file request before its content. */
function fileFields(
  { index, contents, contentSize, originalSize }: {
    readonly index: number;
    readonly contents: readonly Uint8Array[];
    readonly contentSize: number;
    readonly originalSize: Uint8Array;
  },
  name: string,
  { revision, habits, clientId, packetSize = PACKET }: Speaker,
): Uint8Array {
  const owner = habits.zeroOwnerId === "everywhere" ? new Uint8Array(16) : clientId;
  const exact = contents.at(-1)?.byteLength === packetSize;
  const packets = contents.length + (habits.totalTooHigh && exact ? 1 : 0);
  const packet = index + (habits.packetsFromZero ? 0 : 1);
  const [left, right] = habits.swappedPacketFields ? [packets, packet] : [packet, packets];
  const numbers = Buffer.alloc(12);
  numbers.writeUInt32LE(contentSize, 0);
  numbers.writeUInt32LE(originalSize.byteLength, 4);
  numbers.writeUInt16LE(left, 8);
  numbers.writeUInt16LE(right, 10);
  return Buffer.concat([
    revision.owned ? owner : new Uint8Array(0),
    numbers.subarray(0, revision.packets ? 12 : 4),
    nameField(name, habits),
  ]);
}

/** Pieces of `size` bytes, the last one shorter; one empty piece of nothing. */
function split(bytes: Uint8Array, size: number): readonly Uint8Array[] {
  const count = Math.max(1, Math.ceil(bytes.byteLength / size));
  return Array.from({ length: count }, (_, index) => bytes.slice(index * size, (index + 1) * size));
}

function encrypt(plain: Uint8Array, aesKey: Uint8Array): Uint8Array {
  const cipher = createCipheriv(`aes-${aesKey.byteLength * 8}-cbc`, aesKey, new Uint8Array(16));
  return Uint8Array.from(Buffer.concat([cipher.update(plain), cipher.final()]));
}
