import { ok, strictEqual } from "node:assert/strict";
import { crc32 } from "node:zlib";
import { AnswerParser } from "../../../shared/protocol4/batch/answer_parser.ts";
import { BatchParser } from "../../../shared/protocol4/batch/batch_parser.ts";
import { encodeAnswer, encodeFrame, FrameError } from "../../../shared/protocol4/batch/frame.ts";
import { joined } from "../../../shared/wire/bytes.ts";
import { cut } from "../../kernel/told_events.ts";
import { largestAllocation } from "../../kernel/largest_allocation.ts";
import type { Corpus } from "../mutations.ts";
import { pieceSizes, type Target } from "./target.ts";

/** What a parser takes at once beside the bytes of a piece, at most twice what it has held. */
const FIRST_MEMORY = 16 * 1024;

/** One input in so many is also watched for what memory it takes, which is slow. */
const WATCHED = 50;

const sha256 = new Uint8Array(32).fill(7);
const content = Uint8Array.from({ length: 300 }, (_, at) => at);

const FILES: Corpus = [[
  encodeFrame({
    type: "folder",
    id: 1,
    metadata: { path: "photos", mtime: "1700000000000000000" },
  }),
  encodeFrame({
    type: "file",
    id: 2,
    metadata: { path: "photos/a", mode: "644" },
    sha256,
    content,
  }),
  encodeFrame({ type: "flush" }),
  encodeFrame({
    ...{ type: "file", id: 3, metadata: { path: "link", link: "photos" }, sha256 },
    content: new Uint8Array(0),
  }),
  encodeFrame({ type: "file", id: 4, metadata: { path: "b" }, sha256, content: sha256 }),
]];

const ANSWERS: Corpus = [[
  encodeAnswer({ type: "done", ids: [1, 2, 3] }),
  encodeAnswer({ type: "refused", id: 4, reason: "quota-exceeded", message: "There is no room" }),
  encodeAnswer({ type: "done", ids: [] }),
  encodeAnswer({ type: "refused", id: 5, reason: "", message: "" }),
]];

/** What reads frames, of either side. */
interface Parser {
  readonly push: (bytes: Uint8Array, take: (frame: object) => void) => void;
  readonly end: () => void;
}

/** The parser of batches on a server. */
export const batchParser: Target = targetOf(FILES, () => new BatchParser());

/** The parser of answers to a batch on a client. */
export const answerParser: Target = targetOf(ANSWERS, () => new AnswerParser());

/** Tells the same for any pieces, throws nothing but a `FrameError`, and takes memory in bounds. */
function targetOf(corpus: Corpus, make: () => Parser): Target {
  return {
    corpus,
    take(input, how) {
      strictEqual(traced(make(), cut(input, pieceSizes(how))), traced(make(), [input]));
      if (!how.oneIn(WATCHED)) return;
      const largest = largestAllocation(() => void traced(make(), cut(input, [1000])));
      ok(largest <= FIRST_MEMORY + 2 * input.byteLength, `${largest} bytes were taken at once`);
    },
  };
}

function traced(parser: Parser, pieces: Iterable<Uint8Array>): string {
  let line = "";
  try {
    for (const piece of pieces) {
      const memory = piece.slice();
      parser.push(memory, (frame) => line += ` ${JSON.stringify(frame, shortened)}`);
      // What was told is used or copied by now.
      memory.fill(0xee);
    }
    parser.end();
  } catch (error) {
    if (!(error instanceof FrameError)) throw error;
    line += ` ${error.message}`;
  }
  return line;
}

function shortened(_key: string, value: unknown): unknown {
  return value instanceof Uint8Array ? `${value.byteLength}:${crc32(joined(value))}` : value;
}
