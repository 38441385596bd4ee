import { cutText } from "../../text/utf8.ts";
import { joined } from "../../wire/joined.ts";
import { HASH_SIZE } from "../tree/block_hash.ts";
import {
  type BatchAnswer,
  type BatchFrame,
  FRAME_HEADER_SIZE,
  FRAME_TYPE,
  MAX_ANSWER_TEXT,
  MAX_BATCH_CONTENT,
  MAX_DONE_IDS,
  MAX_FRAME_METADATA,
} from "./frame.ts";

const utf8 = new TextEncoder();

/**
 * A frame of a batch. Throws a `RangeError` for contents of more than `MAX_BATCH_CONTENT` bytes, or
 * metadata of more than `MAX_FRAME_METADATA`.
 */
export function encodeFrame(frame: BatchFrame): Uint8Array<ArrayBuffer> {
  if (frame.type === "flush") return framed(FRAME_TYPE.flush, 0);
  const metadata = utf8.encode(JSON.stringify(frame.metadata));
  if (metadata.byteLength > MAX_FRAME_METADATA) {
    throw new RangeError(`Metadata of ${metadata.byteLength} bytes is too long for a batch`);
  }
  if (frame.type === "folder") return framed(FRAME_TYPE.folder, frame.id, metadata);
  const { id, sha256, content } = frame;
  if (content.byteLength > MAX_BATCH_CONTENT) {
    throw new RangeError(`A file of ${content.byteLength} bytes is too large for a batch`);
  }
  if (sha256.byteLength !== HASH_SIZE) throw new RangeError(`A digest has ${HASH_SIZE} bytes`);
  return framed(FRAME_TYPE.file, id, u16(metadata.byteLength), metadata, sha256, content);
}

/**
 * A server's answer. Texts are cut after `MAX_ANSWER_TEXT` bytes. Throws a `RangeError` for more
 * than `MAX_DONE_IDS` ids.
 */
export function encodeAnswer(answer: BatchAnswer): Uint8Array<ArrayBuffer> {
  if (answer.type === "refused") {
    const reason = utf8.encode(cutText(answer.reason, MAX_ANSWER_TEXT));
    const message = utf8.encode(cutText(answer.message, MAX_ANSWER_TEXT));
    return framed(FRAME_TYPE.refused, answer.id, u16(reason.byteLength), reason, message);
  }
  const { ids } = answer;
  if (ids.length > MAX_DONE_IDS) {
    throw new RangeError(`${ids.length} ids are too many for an answer`);
  }
  const body = new DataView(new ArrayBuffer(4 * ids.length));
  ids.forEach((id, at) => body.setUint32(4 * at, id, true));
  return framed(FRAME_TYPE.done, 0, new Uint8Array(body.buffer));
}

function framed(type: number, id: number, ...body: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const frame = joined(new Uint8Array(FRAME_HEADER_SIZE), ...body);
  const view = new DataView(frame.buffer);
  view.setUint8(0, type);
  view.setUint32(4, id, true);
  view.setUint32(8, frame.byteLength - FRAME_HEADER_SIZE, true);
  return frame;
}

function u16(value: number): Uint8Array {
  return Uint8Array.of(value & 255, value >> 8);
}
