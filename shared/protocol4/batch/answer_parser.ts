import { decodeUtf8 } from "../../text/encodings.ts";
import {
  type BatchAnswer,
  FRAME_TYPE,
  FrameError,
  MAX_ANSWER_TEXT,
  MAX_DONE_IDS,
} from "./frame.ts";
import { FrameReader, type RawFrame } from "./frame_reader.ts";

/** The largest body of each type that a server sends. */
const LIMITS: ReadonlyMap<number, number> = new Map([
  [FRAME_TYPE.done, 4 * MAX_DONE_IDS],
  [FRAME_TYPE.refused, 2 + 2 * MAX_ANSWER_TEXT],
]);

/** Reads what a server answers to a batch, in pieces of any size. */
export class AnswerParser {
  readonly #reader = new FrameReader((type) => LIMITS.get(type));

  /**
   * Calls `onAnswer` for each that is complete with these bytes. Throws a `FrameError` at bytes
   * that are no answers, then and at every later call.
   */
  push(bytes: Uint8Array, onAnswer: (answer: BatchAnswer) => void): void {
    this.#reader.push(bytes, (frame) => onAnswer(answerOf(frame)));
  }

  /** Throws a `FrameError` when the answers end within one. */
  end(): void {
    this.#reader.end();
  }
}

function answerOf({ type, id, body }: RawFrame): BatchAnswer {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  if (type === FRAME_TYPE.done) {
    if (body.byteLength % 4 !== 0) throw new FrameError("An answer has a part of an id");
    const ids = Array.from(
      { length: body.byteLength / 4 },
      (_, at) => view.getUint32(4 * at, true),
    );
    return { type: "done", ids };
  }
  const size = body.byteLength < 2 ? undefined : view.getUint16(0, true);
  if (size === undefined || 2 + size > body.byteLength) {
    throw new FrameError("A refusal has no room for its reason");
  }
  const reason = decodeUtf8(body.subarray(2, 2 + size));
  const message = decodeUtf8(body.subarray(2 + size));
  if (reason === undefined || message === undefined) {
    throw new FrameError("A refusal is not text in UTF-8");
  }
  return { type: "refused", id, reason, message };
}
