import { Buffer } from "node:buffer";
import { type ClientId, NO_CLIENT_ID, sameClientId } from "../../wire/client_id.ts";
import { NAME, NAME_AND_KEY } from "../message.ts";
import { ProtocolError } from "../protocol_error.ts";
import type { FileRequest, ShortRequest } from "../request.ts";
import type { Revision } from "../revision.ts";
import { TextField } from "../../wire/layout.ts";
import type { Profile } from "./profile.ts";

/** Bytes in a block of AES: contents come in whole blocks. */
export const BLOCK = 16;

export interface FieldsOptions<Kind> {
  readonly revision: Revision;
  readonly kind: Kind;
  /** The id in the header, 16 bytes. */
  readonly clientId: ClientId;
  readonly profile: Profile | undefined;
}

/**
 * Reads the fields of a request other than a file's. Throws a `ProtocolError` when they have no
 * name, or the id of another client.
 */
export function readShortRequest(
  payload: Uint8Array,
  { revision, kind, clientId, profile }: FieldsOptions<ShortRequest["kind"]>,
): ShortRequest {
  if (kind === "register" || kind === "reconnect") {
    const { name } = NAME.decode(payload);
    return { kind, clientId, name: readName(name, profile) };
  }
  if (kind === "publicKey") {
    const { name, publicKey } = NAME_AND_KEY.decode(payload);
    return { kind, clientId, name: readName(name, profile), publicKey };
  }
  const values: { readonly ownerId?: ClientId; readonly fileName: TextField } = revision
    .requests[kind].layout.decode(payload);
  checkOwner(values.ownerId, clientId, profile);
  return { kind, clientId, fileName: readName(values.fileName, profile) };
}

/** The fields before a content, as on the wire; a revision may lack some. */
interface Fields {
  readonly ownerId?: ClientId;
  readonly contentSize: number;
  readonly originalSize?: number;
  readonly packet?: number;
  readonly packets?: number;
  readonly fileName: TextField;
}

export interface FileHeadOptions {
  readonly revision: Revision;
  readonly clientId: ClientId;
  /** Bytes of the payload after the fields. */
  readonly afterFields: number;
  /** The most bytes that a content may have. */
  readonly maxContentSize: number;
  readonly profile: Profile | undefined;
  /** The name of the previous packet, which was already checked: most packets repeat it. */
  readonly known?: TextField | undefined;
}

/** A head whose sizes define where its content ends, and what else is wrong with it. */
export interface FileHead {
  readonly request: FileRequest;
  /** Bytes of the payload after the content. */
  readonly surplus: number;
  readonly fault: ProtocolError | undefined;
}

/**
 * Reads the fields of a file request; nothing of what it returns is a view of `payload`. Throws a
 * `ProtocolError` when its sizes are impossible: the start of the next request is not known then.
 */
export function readFileHead(payload: Uint8Array, options: FileHeadOptions): FileHead {
  const { revision, clientId, profile, known } = options;
  const views: Fields = revision.requests.file.layout.decode(payload);
  const repeated = known !== undefined && sameField(views.fileName.field, known.field);
  const fileName = repeated ? known : new TextField(new Uint8Array(views.fileName.field));
  const { ownerId, contentSize, originalSize, packet = 1, packets = 1 } = views;
  // Whether the two are swapped is decided later, but the total is needed for the sizes.
  const total = profile === undefined ? packets : Math.max(packet, packets);
  const { packetSize, surplus } = readSizes({ contentSize, packet, packets: total }, options);
  const own = {
    kind: "file",
    clientId,
    packet,
    packets,
    contentSize,
    packetSize,
    fileName,
  } as const;
  let request: FileRequest = originalSize === undefined ? own : { ...own, originalSize };
  try {
    checkOwner(ownerId, clientId, profile);
    const name = repeated ? known : readName(fileName, profile);
    if (name !== fileName) request = { ...request, fileName: name };
    if (packet < 1 || packet > packets) request = { ...request, ...readNumbers(request, profile) };
    checkOriginalSize(request);
    return { request, surplus, fault: undefined };
  } catch (error) {
    if (error instanceof ProtocolError) return { request, surplus, fault: error };
    throw error;
  }
}

function readSizes(
  { contentSize, packet, packets }: Pick<FileRequest, "contentSize" | "packet" | "packets">,
  { afterFields, maxContentSize, profile }: FileHeadOptions,
): { readonly packetSize: number; readonly surplus: number } {
  if (contentSize === 0 || contentSize % BLOCK !== 0) {
    throw new ProtocolError(
      "content-size-not-block",
      `A content size of ${contentSize} is not a whole number of ${BLOCK}-byte blocks`,
    );
  }
  if (contentSize > maxContentSize) throw fileTooLarge(contentSize, maxContentSize);
  if (afterFields === 0) {
    if (packets <= 1 && profile !== undefined) {
      profile.note("size-without-content");
      return { packetSize: contentSize, surplus: 0 };
    }
    // A client that counts one packet too many may send an empty one.
    if (packets > 1 && packet === packets && profile !== undefined) {
      profile.note("packet-total-too-high");
      return { packetSize: 0, surplus: 0 };
    }
    throw new ProtocolError("file-payload-too-small", "A file request without any content");
  }
  if (afterFields > contentSize && profile !== undefined) {
    profile.note("oversized-payload");
    return { packetSize: contentSize, surplus: afterFields - contentSize };
  }
  if (afterFields > contentSize || packets === 1 && afterFields !== contentSize) {
    throw new ProtocolError(
      "payload-size-mismatch",
      `A file request brings ${afterFields} bytes of a content of ${contentSize}`,
    );
  }
  return { packetSize: afterFields, surplus: 0 };
}

/** The error for a content that exceeds the limit. */
export function fileTooLarge(size: number, most: number): ProtocolError {
  return new ProtocolError(
    "file-too-large",
    `A content of ${size} bytes is more than the ${most} allowed`,
  );
}

/** Throws a `ProtocolError` unless the id in a payload, if there is one, is that of the header. */
export function checkOwner(
  ownerId: ClientId | undefined,
  clientId: ClientId,
  profile: Profile | undefined,
): void {
  if (ownerId === undefined || sameClientId(ownerId, clientId)) return;
  const zeros = sameClientId(ownerId, NO_CLIENT_ID);
  if (zeros && profile !== undefined) return profile.note("zero-owner-id");
  throw new ProtocolError(
    "client-id-mismatch",
    "The id in the payload is not the one in the header",
  );
}

/** The name in a field, or a `ProtocolError` when there is none. */
export function readName(field: TextField, profile: Profile | undefined): TextField {
  const leftPadded = profile === undefined ? undefined : field.leftPadded;
  if (leftPadded !== undefined) profile?.note("left-padded-names");
  const name = leftPadded ?? field;
  const { fault } = name;
  if (fault !== undefined) throw new ProtocolError(fault.reason, fault.message);
  if (name.hasStrayBytes) profile?.note("stray-bytes-in-name");
  return name;
}

function readNumbers(
  { packet, packets }: Pick<FileRequest, "packet" | "packets">,
  profile: Profile | undefined,
): { readonly packet: number; readonly packets: number } {
  if (packet > packets && profile !== undefined) {
    profile.note("swapped-packet-fields");
    return readNumbers({ packet: packets, packets: packet }, profile);
  }
  if (packet === 0 && packets > 0 && profile !== undefined) {
    profile.note("packets-from-zero");
    return { packet, packets };
  }
  if (packet >= 1 && packet <= packets) return { packet, packets };
  throw new ProtocolError("bad-packet-number", `Packet ${packet} of ${packets} cannot be`);
}

function checkOriginalSize({ packets, originalSize = 0, contentSize }: FileRequest): void {
  if (packets !== 1 || originalSize <= contentSize) return;
  throw new ProtocolError(
    "orig-size-mismatch",
    `A plain file of ${originalSize} bytes cannot be inside ${contentSize} encrypted ones`,
  );
}

/**
 * Whether two fields, such as those of names, have the same bytes. Several times as fast as a loop,
 * which matters if each of many packets has one. Only for servers: clients do not load
 * `node:buffer`.
 */
export function sameField(a: Uint8Array, b: Uint8Array): boolean {
  return a.byteLength === b.byteLength && Buffer.compare(a, b) === 0;
}
