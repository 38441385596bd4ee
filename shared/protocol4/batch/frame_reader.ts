import { FRAME_HEADER_SIZE, FrameError } from "./frame.ts";

/** A frame as it was read: the body is a view, to be used or copied before `push()` returns. */
export interface RawFrame {
  readonly type: number;
  readonly id: number;
  readonly body: Uint8Array;
}

/** The memory that a body is given before its bytes are there. */
const INITIAL_SIZE = 16 * 1024;

/**
 * Cuts a stream of bytes into frames. It keeps at most one frame, and takes memory for a body as
 * its bytes come, not as they are announced.
 */
export class FrameReader {
  readonly #limitOf: (type: number) => number | undefined;
  readonly #header = new Uint8Array(FRAME_HEADER_SIZE);
  #headerFilled = 0;
  #body = new Uint8Array(0);
  #bodyFilled = 0;
  #fault: FrameError | undefined;

  /** `limitOf` gives the largest body of each type, undefined for a type that is not known. */
  constructor(limitOf: (type: number) => number | undefined) {
    this.#limitOf = limitOf;
  }

  /**
   * Calls `onFrame` for each that is complete with these bytes. Throws a `FrameError` at bytes
   * that are no frame, and the one that `onFrame` throws, then and at every later call; the frames
   * before were passed on.
   */
  push(bytes: Uint8Array, onFrame: (frame: RawFrame) => void): void {
    if (this.#fault !== undefined) throw this.#fault;
    try {
      this.#read(bytes, onFrame);
    } catch (error) {
      if (error instanceof FrameError) this.#fault = error;
      throw error;
    }
  }

  /** Bytes of a frame that is not complete. */
  get waiting(): number {
    return this.#headerFilled + this.#bodyFilled;
  }

  /** Throws a `FrameError` when the stream ends within a frame. */
  end(): void {
    if (this.#fault !== undefined) throw this.#fault;
    if (this.#headerFilled > 0) throw new FrameError("The batch ends within a frame");
  }

  #read(bytes: Uint8Array, onFrame: (frame: RawFrame) => void): void {
    for (let at = 0; at < bytes.byteLength;) {
      if (this.#headerFilled < FRAME_HEADER_SIZE) {
        at += this.#fillHeader(bytes.subarray(at));
        if (this.#headerFilled < FRAME_HEADER_SIZE) return;
        this.#checkHeader();
        if (this.#bodySize > 0) continue;
      }
      const missing = this.#bodySize - this.#bodyFilled;
      const piece = bytes.subarray(at, at + missing);
      at += piece.byteLength;
      if (piece.byteLength < missing) return this.#hold(piece);
      const whole = this.#bodyFilled === 0 ? piece : this.#joined(piece);
      const { type, id } = this.#end();
      onFrame({ type, id, body: whole });
    }
  }

  get #view(): DataView {
    return new DataView(this.#header.buffer);
  }

  get #bodySize(): number {
    return this.#view.getUint32(8, true);
  }

  #fillHeader(bytes: Uint8Array): number {
    const piece = bytes.subarray(0, FRAME_HEADER_SIZE - this.#headerFilled);
    this.#header.set(piece, this.#headerFilled);
    this.#headerFilled += piece.byteLength;
    return piece.byteLength;
  }

  #checkHeader(): void {
    const type = this.#view.getUint8(0);
    const limit = this.#limitOf(type);
    if (limit === undefined) throw new FrameError(`The type ${type} of a frame is not known`);
    if (this.#view.getUint8(1) !== 0 || this.#view.getUint16(2, true) !== 0) {
      throw new FrameError("A frame has bytes other than 0 behind its type");
    }
    if (this.#bodySize > limit) {
      throw new FrameError(
        `A frame of type ${type} has ${this.#bodySize} bytes; at most ${limit} are allowed`,
      );
    }
  }

  #hold(piece: Uint8Array): void {
    const filled = this.#bodyFilled + piece.byteLength;
    if (filled > this.#body.byteLength) {
      const size = Math.max(INITIAL_SIZE, 2 * this.#body.byteLength, filled);
      const larger = new Uint8Array(Math.min(size, this.#bodySize));
      larger.set(this.#body.subarray(0, this.#bodyFilled));
      this.#body = larger;
    }
    this.#body.set(piece, this.#bodyFilled);
    this.#bodyFilled = filled;
  }

  #joined(last: Uint8Array): Uint8Array {
    this.#hold(last);
    return this.#body.subarray(0, this.#bodyFilled);
  }

  #end(): { readonly type: number; readonly id: number } {
    const frame = { type: this.#view.getUint8(0), id: this.#view.getUint32(4, true) };
    this.#headerFilled = 0;
    this.#bodyFilled = 0;
    // The caller may keep what was joined: the next body is given memory of its own.
    this.#body = new Uint8Array(0);
    return frame;
  }
}
