import { deepEqual, throws } from "node:assert/strict";
import { TreeHash } from "../../../shared/protocol4/tree/tree_hash.ts";
import { ContentHash } from "./content_hash.ts";

const MIB = 1024 ** 2;

function bytesOf(size: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: size }, (_, at) => at * 7 + (at >> 11));
}

Deno.test("ContentHash makes the tree hash of any pieces, and of what follows leaves", async () => {
  for (const size of [0, 1, 65_536, MIB - 1, MIB, MIB + 1, 2 * MIB, 2 * MIB + 70_000]) {
    const bytes = bytesOf(size);
    const leaves: Uint8Array[] = [];
    const expected = new TreeHash({ onLeaf: (leaf) => leaves.push(leaf) });
    expected.update(bytes);
    const root = expected.digest();
    for (const [most, before] of [[MIB, 0], [MIB, 1], [65_536, 0], [65_536, 1], [300_001, 0]]) {
      const hash = new ContentHash();
      if (before === 1 && size >= MIB) hash.follow(leaves[0] ?? new Uint8Array());
      while (hash.size < size) {
        const end = Math.min(size, hash.size + Math.min(hash.left, most ?? 0));
        await hash.add(bytes.subarray(hash.size, end));
      }
      deepEqual(await hash.root(), root, `${size} in pieces of ${most}`);
    }
  }
});

Deno.test("ContentHash refuses a piece that goes beyond its block", () => {
  const hash = new ContentHash();
  hash.add(new Uint8Array(5));
  throws(() => hash.add(new Uint8Array(MIB)), RangeError);
});
