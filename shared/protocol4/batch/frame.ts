import type { BatchMetadata, MetadataReason } from "../resources/file_metadata.ts";
import { HASH_SIZE } from "../tree/leaf_stack.ts";
import { cutText } from "../../text/encodings.ts";
import { joined } from "../../wire/bytes.ts";

/** Types of frames of a batch and of its answers. */
export const FRAME_TYPE = { file: 1, folder: 2, flush: 3, done: 0x81, refused: 0x82 } as const;

/** Bytes before the body: u8 type, u8 0, u16 0, u32 id, u32 length of the body. */
export const FRAME_HEADER_SIZE = 12;

/** The most bytes of the contents of a file in a batch; larger ones are uploads. */
export const MAX_BATCH_CONTENT: number = 1024 * 1024;

/** The most bytes of metadata: what its length of two bytes can say. */
export const MAX_FRAME_METADATA = 0xffff;

/** The most ids in one answer. */
export const MAX_DONE_IDS = 4096;

/** The most bytes of a reason and of a text in an answer. */
export const MAX_ANSWER_TEXT = 4096;

/** The most files without an answer that a client may have sent, and their bytes. */
export const MAX_UNANSWERED = { files: 4096, bytes: 16 * 1024 * 1024 } as const;

/** The largest body of a frame that a client sends. */
export const MAX_FILE_BODY: number = 2 + MAX_FRAME_METADATA + HASH_SIZE + MAX_BATCH_CONTENT;

/** What a client sends in a batch. */
export type BatchFrame =
  | {
    readonly type: "file";
    readonly id: number;
    readonly metadata: BatchMetadata;
    /** The SHA-256 that the contents should have, 32 bytes. */
    readonly sha256: Uint8Array;
    readonly content: Uint8Array;
  }
  | { readonly type: "folder"; readonly id: number; readonly metadata: BatchMetadata }
  | { readonly type: "flush" };

/** A frame of a right form whose file must be refused, while the batch goes on. */
export interface UnusableFrame {
  readonly type: "unusable";
  readonly id: number;
  readonly reason: MetadataReason;
  readonly message: string;
}

/** What a server answers: files committed and synced, or one that was refused. */
export type BatchAnswer =
  | { readonly type: "done"; readonly ids: readonly number[] }
  | {
    readonly type: "refused";
    readonly id: number;
    /** One of the reasons of problems, or one that a later version has. */
    readonly reason: string;
    readonly message: string;
  };

/** Bytes that are no batch, or no answers: nothing after them can be read. */
export class FrameError extends Error {
  override readonly name = "FrameError";
  /** The name in the table of problems. */
  readonly reason = "bad-frame";
}

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
