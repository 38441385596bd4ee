import { formatETag } from "../../../shared/protocol4/tree/etag.ts";
import { TreeHash } from "../../../shared/protocol4/tree/tree_hash.ts";
import type { ContentCheck, RemoteFile } from "../../remote/remote_files.ts";

/**
 * Compares contents with the tree hash in the tag of a file. It hashes on the thread, what is still
 * in the cache: WebCrypto copies each block into new memory, which takes as long.
 */
export function treeCheck({ tag }: Pick<RemoteFile, "tag">): ContentCheck {
  const tree = new TreeHash();
  return {
    add: (bytes) => tree.update(bytes),
    matches: () => {
      const root = tree.digest();
      return formatETag({ size: tree.size, root }) === tag;
    },
  };
}
