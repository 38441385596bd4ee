import { StorageError } from "./storage_error.ts";
import { BLOCK_SIZE } from "./uploads.ts";

/**
 * Throws `contents-out-of-turn` if bytes that are appended to an upload go beyond the end of their
 * block, end it without a leaf, or come with one and do not end it.
 */
export function expectInBlock(
  { position, bytes, leaf }: {
    /** Where they are appended. */
    readonly position: number;
    readonly bytes: Uint8Array;
    readonly leaf: Uint8Array | Promise<Uint8Array> | undefined;
  },
): void {
  const endsBlock = bytes.length > 0 && (position + bytes.length) % BLOCK_SIZE === 0;
  const isInBlock = (position % BLOCK_SIZE) + bytes.length <= BLOCK_SIZE;
  if (isInBlock && endsBlock === (leaf !== undefined)) return;
  throw new StorageError(
    "contents-out-of-turn",
    "Bytes of an upload have to end with their block, and then to come with its leaf",
  );
}
