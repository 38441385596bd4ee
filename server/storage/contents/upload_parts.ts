/** A part of an upload, for contents that are kept in parts. */
export interface UploadPiece {
  /** Its number, from 1: parts cover an upload from its first byte without a gap. */
  readonly number: number;
  /** Its first byte, counted from the first of the upload. */
  readonly start: number;
  /** Bytes. */
  readonly size: number;
  /** The leaves of the whole blocks in it, one after the other. It begins with a block. */
  readonly leaves: Uint8Array;
  /** What it is called where it is kept; empty for one that has a key. */
  readonly tag: string;
  /**
   * The key of contents of its own, for the last part of an upload while it is too small to be one
   * there. Another part of this number takes its place later.
   */
  readonly key?: string;
}

/** What there is of an upload in parts. */
export interface UploadPieces {
  /** What the upload is called where its parts are kept, once that is known. */
  readonly handle?: string;
  /** In the order of their numbers. */
  readonly pieces: readonly UploadPiece[];
}

/** The pieces of an upload whose contents are one file: none. */
export const NO_PIECES: UploadPieces = { pieces: [] };

/**
 * An optional capability of `UploadRows`, for contents that are kept in parts: the rows of these
 * parts. They are written by `UploadRows.advance()`, and those behind an offset are removed by
 * `UploadRows.recovered()`.
 */
export interface PieceRows {
  /** Returns what is on record of the upload whose contents have this key. */
  pieces(contents: string): Promise<UploadPieces>;
}
