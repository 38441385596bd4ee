/** Requests of one client, and what a parser makes of them in words short enough to compare. */

import { REQUEST_HEADER, type VerdictKind } from "../../shared/protocol3/message.ts";
import {
  encodeFileHead,
  encodeRequest,
  type FileRequest,
  type ReconnectRequest,
  type RegisterRequest,
  type ShortRequest,
} from "../../shared/protocol3/request.ts";
import type { RequestEvent } from "../../shared/protocol3/parsing/request_event.ts";
import type { RequestParser } from "../../shared/protocol3/parsing/request_parser.ts";
import { type RevisionName, REVISIONS } from "../../shared/protocol3/revision.ts";
import { TextField } from "../../shared/wire/layout.ts";
import { joined } from "./golden_vectors.ts";
import { type ClientId, clientIdOf, NO_CLIENT_ID } from "../../shared/wire/client_id.ts";

/** The client's id: the bytes 1 to 16. */
export const CLIENT_ID: ClientId = clientIdOf(
  Uint8Array.from({ length: 16 }, (_, index) => index + 1),
);

const NAME = TextField.of("Michael Jackson");
const FILE_NAME = TextField.of("a.txt");

/** A registration, with an id of zeros. */
export const REGISTER: RegisterRequest = {
  kind: "register",
  clientId: NO_CLIENT_ID,
  name: NAME,
};

/** A reconnect under the client's id. */
export const RECONNECT: ReconnectRequest = { kind: "reconnect", clientId: CLIENT_ID, name: NAME };

/** A file of 40 bytes in one packet. */
export const FILE: FileRequest = {
  kind: "file",
  clientId: CLIENT_ID,
  contentSize: 48,
  originalSize: 40,
  packet: 1,
  packets: 1,
  fileName: FILE_NAME,
  packetSize: 48,
};

/** The bytes of a short request. */
export function short(name: RevisionName, request: ShortRequest): Uint8Array {
  return encodeRequest(REVISIONS[name], request);
}

/** The bytes of a verdict on `FILE`. */
export function verdict(name: RevisionName, kind: VerdictKind = "crcValid"): Uint8Array {
  return short(name, { kind, clientId: CLIENT_ID, fileName: FILE_NAME });
}

/** The bytes of a file request: `FILE` but for some values; its content counts from 0. */
export function file(name: RevisionName, changes: Partial<FileRequest> = {}): Uint8Array {
  const request = { ...FILE, ...changes };
  const content = Uint8Array.from({ length: request.packetSize }, (_, index) => index);
  return joined([encodeFileHead(REVISIONS[name], request), content]);
}

/** A request's header alone. */
export function header(code: number, payloadSize: number): Uint8Array {
  return REQUEST_HEADER.encode({ clientId: CLIENT_ID, version: 3, code, payloadSize });
}

/** All events that some pieces lead to, contents in memory of their own. */
export function eventsOf(parser: RequestParser, ...pieces: readonly Uint8Array[]): RequestEvent[] {
  const events: RequestEvent[] = [];
  for (const piece of pieces) {
    parser.push(piece);
    for (let event = parser.next(); event !== undefined; event = parser.next()) {
      events.push(event.type === "content" ? { ...event, bytes: event.bytes.slice() } : event);
    }
  }
  return events;
}

/** Each event in a word or two: who speaks and what it is, or the reason of a refusal. */
export function summary(events: readonly RequestEvent[]): readonly string[] {
  return events.map((event) => {
    if (event.type === "refused") return event.error.reason;
    if (event.type === "content") return `content ${event.bytes.byteLength}`;
    if (!("request" in event)) return event.type;
    return `${event.revision.name} ${event.request.kind}`;
  });
}
