/** How a server in the field takes requests in. */

import type { ClientId } from "../../shared/wire/client_id.ts";
import { sameBytes } from "../../shared/wire/bytes.ts";
import {
  NAME,
  NAME_AND_KEY,
  PROTOCOL_VERSION,
  REQUEST_HEADER,
} from "../../shared/protocol3/message.ts";
import type { FileRequest, ShortRequest } from "../../shared/protocol3/request.ts";
import { requestKind, type Revision } from "../../shared/protocol3/revision.ts";
import type { TextField } from "../../shared/wire/layout.ts";
import type { ServerHabits } from "./server_habits.ts";
import type { RequestSource } from "./server_source.ts";

/** A request that is no other than the server counts on. */
export interface TakenRequest {
  readonly request: ShortRequest | FileRequest;
  /** The content of a file request, else empty. */
  readonly content: Uint8Array<ArrayBuffer>;
}

/** What a server does not understand, and refuses. */
export class NotServed extends Error {
  override readonly name = "NotServed";
}

/** A code that the server does not know. */
export class ForeignCode extends NotServed {}

/** How requests are read. */
export interface RequestReaderOptions {
  readonly revision: Revision;
  readonly habits: ServerHabits;
  /** Bytes of content in the first packet of the file that a client is sending. */
  readonly firstPacketSize: (clientId: ClientId) => number;
}

type Header = ReturnType<typeof REQUEST_HEADER.decode>;

/**
 * The next request, undefined when the connection ends in front of it. Throws `NotServed` when it
 * departs from the letter of the protocol otherwise than the server's habits demand.
 */
export async function takeRequest(
  source: RequestSource,
  options: RequestReaderOptions,
): Promise<TakenRequest | undefined> {
  const { revision } = options;
  if (!await source.begin()) return undefined;
  const header = REQUEST_HEADER.decode(await source.take(REQUEST_HEADER.size));
  const kind = requestKind(revision, header.code);
  demand(header.version === PROTOCOL_VERSION, `version ${header.version}`);
  if (kind === undefined) throw new ForeignCode(`The client sent code ${header.code}`);
  const taken = kind === "file"
    ? await takePacket(source, { ...options, header })
    : { request: await takeShort(source, { ...options, header }), content: new Uint8Array(0) };
  source.end();
  return taken;
}

async function takeShort(
  source: RequestSource,
  { revision, habits, header }: RequestReaderOptions & { readonly header: Header },
): Promise<ShortRequest> {
  const { clientId, code, payloadSize } = header;
  const kind = requestKind(revision, code);
  switch (kind) {
    case "register":
    case "reconnect": {
      demand(payloadSize === NAME.size, `${payloadSize} bytes in "${kind}"`);
      const { name } = NAME.decode(await source.take(payloadSize));
      return { kind, clientId, name: nameIn(name, habits) };
    }
    case "publicKey": {
      demand(payloadSize === NAME_AND_KEY.size, `${payloadSize} bytes in "${kind}"`);
      const { name, publicKey } = NAME_AND_KEY.decode(await source.take(payloadSize));
      return { kind, clientId, name: nameIn(name, habits), publicKey };
    }
    case "crcValid":
    case "crcRetry":
    case "crcAbort": {
      const { layout } = revision.requests[kind];
      demand(payloadSize === layout.size, `${payloadSize} bytes in "${kind}"`);
      const fields: { readonly ownerId?: Uint8Array; readonly fileName: TextField } = layout
        .decode(await source.take(payloadSize));
      demand(sameBytes(fields.ownerId ?? clientId, clientId), "another owner");
      return { kind, clientId, fileName: nameIn(fields.fileName, habits) };
    }
    default:
      throw new NotServed(`code ${code}`);
  }
}

/** The fields of a file request, as they stand on the wire; a revision may lack some. */
interface PacketFields {
  readonly ownerId?: Uint8Array;
  readonly contentSize: number;
  readonly originalSize?: number;
  readonly packet?: number;
  readonly packets?: number;
  readonly fileName: TextField;
}

async function takePacket(
  source: RequestSource,
  { revision, habits, header, firstPacketSize }: RequestReaderOptions & {
    readonly header: Header;
  },
): Promise<TakenRequest> {
  const { clientId, payloadSize } = header;
  const { layout } = revision.requests.file;
  const { size } = layout;
  demand(payloadSize >= size, `${payloadSize} bytes in "file"`);
  const fields: PacketFields = layout.decode(await source.take(size));
  const { contentSize, originalSize, ownerId } = fields;
  demand(sameBytes(ownerId ?? clientId, clientId), "another owner");
  const { packet, packets } = numbersIn(fields, habits);
  const declared = payloadSize - size;
  const first = packet > 1 ? firstPacketSize(clientId) : 0;
  let packetSize = declared;
  if (habits.contentUncounted) {
    demand(declared === 0 && packets === 1, "a payload size that counts the content");
    packetSize = contentSize;
  }
  if (habits.lastPacketFull && packet > 1) {
    demand(packetSize === first, "a packet of another size than the first one");
  }
  demand(packetSize <= (habits.mostContent ?? Infinity), `a packet of ${packetSize} bytes`);
  demand(packetSize === (habits.exactContent ?? packetSize), `a packet of ${packetSize} bytes`);
  const bytes = await source.take(packetSize);
  // A packet that is filled up ends where the content does.
  const left = habits.packetsEncryptedApart ? contentSize : contentSize - (packet - 1) * first;
  const mayBePadded = habits.lastPacketFull ?? habits.exactContent !== undefined;
  const content = mayBePadded ? bytes.slice(0, left) : bytes;
  return {
    request: {
      kind: "file",
      ...{ clientId, contentSize, packet, packets },
      ...(originalSize !== undefined && { originalSize }),
      fileName: nameIn(fields.fileName, habits),
      packetSize: content.byteLength,
    },
    content,
  };
}

function numbersIn(
  { packet = 1, packets = 1 }: PacketFields,
  { swappedPacketFields }: ServerHabits,
): { readonly packet: number; readonly packets: number } {
  const numbers = swappedPacketFields ? { packet: packets, packets: packet } : { packet, packets };
  demand(
    numbers.packet >= 1 && numbers.packet <= numbers.packets,
    `packet ${packet} of ${packets}`,
  );
  return numbers;
}

function nameIn(field: TextField, { namesPaddedLeft }: ServerHabits): TextField {
  const name = namesPaddedLeft ? field.leftPadded : field;
  demand(name !== undefined && name.fault === undefined, "a name in another place");
  return name;
}

function demand(condition: boolean, otherwise: string): asserts condition {
  if (!condition) throw new NotServed(`The client sent ${otherwise}`);
}
