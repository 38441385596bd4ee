import { lateBuiltin } from "../late_builtin.ts";
import { lazily } from "../lazily.ts";
import { REVERSE_BITS_WASM } from "./reverse_bits_wasm.ts";

/**
 * The most bytes that are reversed at a time: small enough for the second-level cache, large enough
 * that the cost of calls does not matter.
 */
export const PIECE = 64 * 1024;

const loop = lazily(instantiate);

/**
 * A piece of at most `PIECE` bytes with the bits of every byte in the opposite order, in memory
 * that the next call overwrites.
 */
export function reversedBits(piece: Uint8Array): Uint8Array {
  const { bytes, reverse } = loop();
  bytes.set(piece);
  reverse(piece.byteLength);
  return bytes.subarray(0, piece.byteLength);
}

/** The loop in WebAssembly, and the memory that it works on. */
interface Loop {
  readonly bytes: Uint8Array;
  readonly reverse: (end: number) => void;
}

function instantiate(): Loop {
  const { Buffer } = lateBuiltin("node:buffer");
  const module = new WebAssembly.Module(Buffer.from(REVERSE_BITS_WASM, "base64"));
  const { memory, reverse } = new WebAssembly.Instance(module).exports;
  if (memory instanceof WebAssembly.Memory && typeof reverse === "function") {
    return { bytes: new Uint8Array(memory.buffer), reverse: (end) => reverse(end) };
  }
  throw new TypeError("The module lacks what its text exports");
}
