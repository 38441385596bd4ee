import { createHash } from "node:crypto";
import { BLOCK_SIZE } from "../../../shared/protocol4/tree/leaf_stack.ts";
import type { Contents } from "../../storage/contents/contents.ts";
import type { FileEntry } from "../../storage/trees/tree.ts";
import type { Peer } from "../../listening/piping/handler.ts";

/** The largest file that is read for its digest, in bytes: the tree hash costs nothing. */
const LARGEST: number = 256 * 1024 ** 2;

/**
 * The SHA-256 of a whole file (RFC 9530), 32 bytes. Of a file of one block it is the tree hash; a
 * larger one is read for it. Returns undefined if it is too large, or its contents are gone.
 */
export async function digestOf(
  contents: Contents,
  { file, peer }: { readonly file: FileEntry; readonly peer: Peer },
): Promise<Uint8Array | undefined> {
  if (file.size <= BLOCK_SIZE) return file.tree;
  if (file.size > LARGEST) return undefined;
  const opened = await contents.open(file.contents);
  if (opened === undefined) return undefined;
  await using _opened = opened;
  using _pinned = peer.pin();
  const hash = createHash("sha256");
  for await (const chunk of opened.stream()) {
    hash.update(chunk);
    // Who asks for it and goes away is not served on.
    if (!await peer.awaitTurn()) return undefined;
  }
  return Uint8Array.from(hash.digest());
}
