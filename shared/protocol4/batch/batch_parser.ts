import { decodeUtf8 } from "../../text/encodings.ts";
import {
  type BatchMetadata,
  checkBatchMetadata,
  MetadataError,
} from "../resources/file_metadata.ts";
import { HASH_SIZE } from "../tree/leaf_stack.ts";
import {
  type BatchFrame,
  FRAME_HEADER_SIZE,
  FRAME_TYPE,
  FrameError,
  MAX_FILE_BODY,
  MAX_FRAME_METADATA,
  type UnusableFrame,
} from "./frame.ts";
import { FrameReader, type RawFrame } from "./frame_reader.ts";

/** The largest body of each type that a client sends. */
const LIMITS: ReadonlyMap<number, number> = new Map([
  [FRAME_TYPE.file, MAX_FILE_BODY],
  [FRAME_TYPE.folder, MAX_FRAME_METADATA],
  [FRAME_TYPE.flush, 0],
]);

/** The least bytes of the body of a file: two lengths, no metadata and no contents. */
const LEAST_FILE = 2 + HASH_SIZE;

/**
 * Reads what a client sends in a batch, in pieces of any size. It keeps at most one frame, which
 * has at most `MAX_FILE_BODY` bytes.
 */
export class BatchParser {
  readonly #reader = new FrameReader((type) => LIMITS.get(type));

  /**
   * Calls `onFrame` for each that is complete with these bytes. Contents are views, perhaps of
   * `bytes`: use or copy them before those change. The digest was not compared with the contents.
   * `size` is the number of bytes of the whole frame.
   *
   * Throws a `FrameError` at bytes that are no batch, then and at every later call; the frames
   * before them were passed on.
   */
  push(
    bytes: Uint8Array,
    onFrame: (frame: BatchFrame | UnusableFrame, size: number) => void,
  ): void {
    this.#reader.push(
      bytes,
      (frame) => onFrame(frameOf(frame), FRAME_HEADER_SIZE + frame.body.byteLength),
    );
  }

  /** Bytes of a frame that is not complete. */
  get waiting(): number {
    return this.#reader.waiting;
  }

  /** Throws a `FrameError` when the batch ends within a frame. */
  end(): void {
    this.#reader.end();
  }
}

function frameOf({ type, id, body }: RawFrame): BatchFrame | UnusableFrame {
  if (type === FRAME_TYPE.flush) return { type: "flush" };
  try {
    if (type === FRAME_TYPE.folder) return { type: "folder", id, metadata: metadataOf(body) };
    return fileOf(id, body);
  } catch (error) {
    if (!(error instanceof MetadataError)) throw error;
    return { type: "unusable", id, reason: error.reason, message: error.message };
  }
}

function fileOf(id: number, body: Uint8Array): BatchFrame {
  const size = (body[0] ?? 0) | (body[1] ?? 0) << 8;
  if (body.byteLength < LEAST_FILE + size) {
    throw new FrameError(`A file of ${body.byteLength} bytes has no room for ${size} of metadata`);
  }
  const content = body.subarray(2 + size + HASH_SIZE);
  if (content.byteLength > MAX_FILE_BODY - LEAST_FILE - MAX_FRAME_METADATA) {
    throw new FrameError(`A file of ${content.byteLength} bytes is too large for a batch`);
  }
  const metadata = metadataOf(body.subarray(2, 2 + size));
  if (metadata.link !== undefined && content.byteLength > 0) {
    throw new MetadataError("bad-metadata", "A symbolic link has contents");
  }
  const sha256 = body.subarray(2 + size, 2 + size + HASH_SIZE);
  return { type: "file", id, metadata, sha256, content };
}

function metadataOf(bytes: Uint8Array): BatchMetadata {
  const text = bytes.byteLength === 0 ? undefined : decodeUtf8(bytes);
  const value = text === undefined ? undefined : parsedJson(text);
  if (typeof value !== "object" || value === null) {
    throw new MetadataError("bad-metadata", "The metadata of a file is no JSON object");
  }
  return checkBatchMetadata({ ...value });
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
