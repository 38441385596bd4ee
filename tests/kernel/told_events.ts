/** Parsers driven with a stream in pieces, and what they tell in a form that can be compared. */

import type { ReplyParser } from "../../shared/protocol3/parsing/reply_parser.ts";
import type { Reply } from "../../shared/protocol3/reply.ts";
import type { FileRequest, ShortRequest } from "../../shared/protocol3/request.ts";
import type { RequestParser } from "../../shared/protocol3/parsing/request_parser.ts";
import type { RevisionName } from "../../shared/protocol3/revision.ts";
import { digits } from "./golden_vectors.ts";

/** An event of either parser. Content that came in several pieces is one of these. */
export type Told =
  | { readonly request: ShortRequest | FileRequest; readonly revision: RevisionName }
  | { readonly reply: Reply; readonly revision: RevisionName }
  | { readonly content: string }
  | { readonly refused: string; readonly revision?: RevisionName }
  | "packetEnd"
  | "padded"
  | "packetReceived"
  | "ambiguous";

/** What a parser told of a whole stream, and how it stood at the end. */
export interface Outcome {
  readonly told: readonly Told[];
  readonly lost: boolean;
  /** The reason of `end()`. */
  readonly cut: string | undefined;
}

/** Overwrites the memory of a piece: nothing that was told may change, nor what is told later. */
const POISON = 0xee;

/**
 * Feeds a request parser piece by piece, each in memory that is overwritten as soon as the parser
 * allows it. `record` answers the question for what is on record.
 */
export function hearRequests(
  parser: RequestParser,
  pieces: Iterable<Uint8Array>,
  record?: RevisionName,
): Outcome {
  const told: Told[] = [];
  for (const piece of pieces) {
    const memory = piece.slice();
    parser.push(memory);
    for (let event = parser.next(); event !== undefined; event = parser.next()) {
      const last = told.at(-1);
      if (event.type === "ambiguous") {
        told.push("ambiguous");
        parser.preferRevision(record);
      } else if (event.type === "packetEnd" || event.type === "padded") {
        told.push(event.type);
      } else if (event.type === "refused") {
        told.push({ refused: event.error.reason, revision: event.revision.name });
      } else if (event.type !== "content") {
        told.push({ request: event.request, revision: event.revision.name });
      } else if (typeof last === "object" && "content" in last) {
        told.splice(-1, 1, { content: last.content + digits(event.bytes) });
      } else {
        told.push({ content: digits(event.bytes) });
      }
    }
    memory.fill(POISON);
  }
  return { told, lost: parser.lost, cut: parser.end()?.reason };
}

/** The same for replies. */
export function hearReplies(parser: ReplyParser, pieces: Iterable<Uint8Array>): Outcome {
  const told: Told[] = [];
  for (const piece of pieces) {
    const memory = piece.slice();
    parser.push(memory);
    for (let event = parser.next(); event !== undefined; event = parser.next()) {
      told.push(
        event.type === "refused"
          ? { refused: event.error.reason }
          : event.type === "packetReceived"
          ? event.type
          : { reply: event.reply, revision: event.revision.name },
      );
    }
    memory.fill(POISON);
  }
  return { told, lost: parser.lost, cut: parser.end()?.reason };
}

/** A stream cut into pieces of these sizes, over and over; each has to be at least 1. */
export function* cut(stream: Uint8Array, sizes: readonly number[]): Generator<Uint8Array> {
  for (let at = 0, i = 0; at < stream.byteLength; i++) {
    const size = sizes[i % sizes.length] ?? stream.byteLength;
    yield stream.subarray(at, at += size);
  }
}
