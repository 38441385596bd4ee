/** What parsers tell of a stream, in one line that is quick to make and to compare. */

import { Buffer } from "node:buffer";
import { crc32 } from "node:zlib";
import type { ReplyParser } from "../../../shared/protocol3/parsing/reply_parser.ts";
import type { RequestParser } from "../../../shared/protocol3/parsing/request_parser.ts";
import { ProtocolError } from "../../../shared/protocol3/protocol_error.ts";
import type { RevisionName } from "../../../shared/protocol3/revision.ts";
import { TextField } from "../../../shared/wire/layout.ts";

/** Overwrites the memory of a piece: nothing that was told may change, nor what is told later. */
const POISON = 0xee;

/** What was told of a stream. */
export interface Trace {
  /** All events in order, and how the parser stood at the end. */
  readonly line: string;
  readonly events: number;
}

/**
 * Feeds a request parser piece by piece, each in memory that is overwritten as soon as the parser
 * allows it. `record` answers the question for what is on record.
 *
 * That a request was filled up with zeros is left out: whether some are the last of those, or the
 * first of the next request's id, has to be guessed before that is there.
 */
export function traceRequests(
  parser: RequestParser,
  pieces: Iterable<Uint8Array>,
  record: RevisionName | undefined,
): Trace {
  const told = new Told();
  feed(pieces, (piece) => {
    parser.push(piece);
    for (let event = parser.next(); event !== undefined; event = parser.next()) {
      if (event.type === "ambiguous") parser.preferRevision(record);
      if (event.type === "content") told.content(event.bytes);
      else if (event.type !== "padded") told.event(textOf(event));
    }
  });
  return told.end(parser);
}

/** The same for replies. */
export function traceReplies(parser: ReplyParser, pieces: Iterable<Uint8Array>): Trace {
  const told = new Told();
  feed(pieces, (piece) => {
    parser.push(piece);
    for (let event = parser.next(); event !== undefined; event = parser.next()) {
      told.event(textOf(event));
    }
  });
  return told.end(parser);
}

function feed(pieces: Iterable<Uint8Array>, take: (piece: Uint8Array) => void): void {
  for (const piece of pieces) {
    const memory = piece.slice();
    take(memory);
    memory.fill(POISON);
  }
}

class Told {
  #events = 0;
  #line = "";
  #content = { size: 0, sum: 0 };

  event(text: string): void {
    this.#endContent();
    this.#events += 1;
    this.#line += ` ${text}`;
  }

  /** Content may come in any pieces: it is told as a whole. */
  content(bytes: Uint8Array): void {
    const { size, sum } = this.#content;
    this.#content = { size: size + bytes.byteLength, sum: crc32(bytes, sum) };
  }

  end(parser: { readonly lost: boolean; end(): { readonly reason: string } | undefined }): Trace {
    this.#endContent();
    const line = `${this.#line} lost: ${parser.lost} end: ${parser.end()?.reason}`;
    return { line, events: this.#events };
  }

  #endContent(): void {
    const { size, sum } = this.#content;
    if (size === 0) return;
    this.#content = { size: 0, sum: 0 };
    this.#events += 1;
    this.#line += ` content ${size} ${sum}`;
  }
}

/** All that an event has, in short. */
function textOf(event: object): string {
  let text = "";
  for (const [key, value] of Object.entries(event)) text += `${key}=${shortOf(key, value)} `;
  return text;
}

function shortOf(key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Uint8Array) return value.byteLength > 16 ? crc32(value) : hexOf(value);
  if (value instanceof TextField) return crc32(value.field);
  if (value instanceof ProtocolError) return value.reason;
  return key === "revision" && "name" in value ? value.name : `{ ${textOf(value)}}`;
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");
}
