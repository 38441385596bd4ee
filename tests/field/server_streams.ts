/** Replies of a server one after the other, as they come out of a connection. */

import {
  type ReplyEvent,
  ReplyParser,
  type ServerDeviation,
} from "../../shared/protocol3/parsing/reply_parser.ts";
import type { PacketReply, Reply } from "../../shared/protocol3/reply.ts";
import type { Revision } from "../../shared/protocol3/revision.ts";
import { TextField } from "../../shared/wire/layout.ts";
import { lcg } from "../kernel/golden_vectors.ts";
import { type ClientId, clientIdOf } from "../../shared/wire/client_id.ts";

/** What a parser has heard: kinds of replies and reasons of refusals, and what it took note of. */
export interface Heard {
  readonly events: readonly ReplyEvent[];
  readonly noted: readonly ServerDeviation[];
}

/** An id as a server gives it: none of its bytes looks like the beginning of a reply. */
export const CLIENT_ID: ClientId = clientIdOf(lcg(3, 16).map((byte) => byte | 0x80));

/** Every reply that a revision has, each once, in the order in which they may come. */
export function everyReply(revision: Revision): readonly (Reply | PacketReply)[] {
  const clientId = CLIENT_ID;
  const encryptedKey = lcg(4, 128);
  const fileName = TextField.of("file.bin");
  const replies: readonly (Reply | PacketReply)[] = [
    { kind: "reconnectRefused", clientId },
    { kind: "registered", clientId },
    { kind: "keyAccepted", clientId, encryptedKey },
    { kind: "fileReceived", clientId, contentSize: 16, fileName, checksum: 0 },
    { kind: "acknowledged", clientId },
    { kind: "registrationRefused" },
    { kind: "reconnectAccepted", clientId, encryptedKey },
    { kind: "serverError" },
  ];
  return replies.filter(({ kind }) =>
    kind === "packetReceived" || revision.replies[kind] !== undefined
  );
}

/** Reads what comes in pieces, as a connection does. */
export function hear(
  pieces: Iterable<Uint8Array>,
  { revisions, strict = false }: {
    readonly revisions: readonly Revision[];
    readonly strict?: boolean;
  },
): Heard {
  const noted = new Set<ServerDeviation>();
  const onDeviation = (deviation: ServerDeviation) => void noted.add(deviation);
  const parser = new ReplyParser(revisions, strict ? {} : { onDeviation });
  const events: ReplyEvent[] = [];
  for (const piece of pieces) {
    // What was pushed may change when all events are taken.
    const buffer = piece.slice();
    parser.push(buffer);
    for (let event = parser.next(); event; event = parser.next()) events.push(event);
    buffer.fill(0xa5);
  }
  return { events, noted: [...noted].sort() };
}

/** Bytes in pieces of the sizes given, over and over. */
export function* inPieces(
  bytes: Uint8Array,
  sizes: readonly number[],
): Generator<Uint8Array, void, void> {
  for (let at = 0, turn = 0; at < bytes.byteLength; turn++) {
    const size = sizes[turn % sizes.length] ?? 1;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}
