import { LeafStack } from "../../../shared/protocol4/tree/leaf_stack.ts";
import { blockHash } from "../../../shared/protocol4/tree/block_hash.ts";
import { formatETag } from "../../../shared/protocol4/tree/etag.ts";
import type { ContentCheck, RemoteFile } from "../../remote/remote_files.ts";

/**
 * Compares contents with the tree hash in the tag of a file; a block is hashed beside the thread.
 */
export function treeCheck({ tag }: Pick<RemoteFile, "tag">): ContentCheck {
  const leaves = new LeafStack();
  let size = 0;
  let added: Promise<void> = Promise.resolve();
  const add = (block: Uint8Array): Promise<void> => {
    size += block.byteLength;
    const leaf = blockHash(block);
    leaf.catch(() => {});
    added = added.then(async () => leaves.add(await leaf));
    return added;
  };
  return {
    add,
    async matches() {
      // An empty file has the leaf of nothing.
      if (size === 0) await add(new Uint8Array(0));
      await added;
      return formatETag({ size, root: leaves.root() }) === tag;
    },
  };
}
