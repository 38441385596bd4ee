import type { BatchMetadata, MetadataReason } from "../resources/file_metadata.ts";
import { HASH_SIZE } from "../tree/block_hash.ts";

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
