import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import { toHex } from "../../text/encodings.ts";
import { bytesOf, vectorContent, VECTORS } from "../../../tests/protocol4/fixtures/vectors.ts";
import {
  BLOCK_SIZE,
  blockHash,
  blockHashInBackground,
  blockHashNow,
  LeafStack,
  rootOf,
} from "./leaf_stack.ts";
import { TreeHash } from "./tree_hash.ts";

for (const { name, size, leaves, root } of VECTORS.trees) {
  Deno.test(`The tree of ${name} has the leaves and the root of the vector`, async () => {
    const content = vectorContent(size);
    const told: string[] = [];
    const tree = new TreeHash({ onLeaf: (leaf) => told.push(toHex(leaf)) });
    tree.update(content);
    strictEqual(tree.size, size);
    strictEqual(toHex(tree.digest()), root);
    deepStrictEqual(told, leaves);

    const stack = new LeafStack();
    for (let at = 0; at < Math.max(1, size); at += BLOCK_SIZE) {
      stack.add(await blockHash(content.subarray(at, at + BLOCK_SIZE)));
    }
    strictEqual(toHex(stack.root()), root);
    strictEqual(toHex(rootOf(bytesOf(leaves.join("")))), root);
  });
}

Deno.test("A tree is the same whatever the pieces are, and goes on from leaves before", () => {
  const size = 2 * BLOCK_SIZE + 1234;
  const content = vectorContent(size);
  const whole = new TreeHash();
  whole.update(content);
  const root = toHex(whole.digest());
  for (const step of [BLOCK_SIZE - 1, BLOCK_SIZE, BLOCK_SIZE + 1, 65_537, size]) {
    const tree = new TreeHash();
    for (let at = 0; at < size; at += step) tree.update(content.subarray(at, at + step));
    strictEqual(toHex(tree.digest()), root, `pieces of ${step}`);
  }
  for (const blocks of [0, 1, 2]) {
    const told: string[] = [];
    const before = new Uint8Array(32 * blocks);
    for (let block = 0; block < blocks; block++) {
      const start = BLOCK_SIZE * block;
      before.set(blockHashNow(content.subarray(start, start + BLOCK_SIZE)), 32 * block);
    }
    const tree = new TreeHash({ before, onLeaf: (leaf) => told.push(toHex(leaf)) });
    strictEqual(tree.size, BLOCK_SIZE * blocks);
    tree.update(content.subarray(BLOCK_SIZE * blocks));
    strictEqual(toHex(tree.digest()), root, `behind ${blocks} blocks`);
    strictEqual(told.length, 3 - blocks);
  }
});

Deno.test("A tree of 1 to 70 leaves is that of pairs, level by level", () => {
  const leaf = (number: number) => blockHashNow(Uint8Array.of(number));
  for (let count = 1; count <= 70; count++) {
    let level = Array.from({ length: count }, (_, number) => leaf(number));
    const stack = new LeafStack();
    for (const each of level) stack.add(each);
    while (level.length > 1) {
      level = level.flatMap((left, at) => {
        if (at % 2 === 1) return [];
        const right = level[at + 1];
        return [right === undefined ? left : blockHashNow(left, right)];
      });
    }
    deepStrictEqual(stack.root(), level[0], `${count} leaves`);
    deepStrictEqual(stack.root(), level[0], "asked again");
  }
});

Deno.test("Two blocks and the 64 bytes of their leaves have one root, and differ in size", () => {
  const { size, content, root } = VECTORS.withoutDomainSeparation;
  const tree = new TreeHash();
  tree.update(bytesOf(content));
  strictEqual(tree.size, size);
  strictEqual(toHex(tree.digest()), root);
  strictEqual(root, VECTORS.trees.find(({ name }) => name === "2 MiB")?.root);
});

Deno.test("blockHash() gives the same on both ways, and views are hashed alone", async () => {
  for (const size of [0, 1, 65_535, 65_536]) {
    const view = vectorContent(size + 20).subarray(10, 10 + size);
    const expected = toHex(blockHashNow(view.slice()));
    strictEqual(toHex(await blockHash(view)), expected);
    strictEqual(toHex(await blockHashInBackground(view)), expected);
  }
});

Deno.test("Leaves that are not of 32 bytes are refused", () => {
  throws(() => new LeafStack().root(), RangeError);
  throws(() => new LeafStack().add(new Uint8Array(31)), RangeError);
  throws(() => rootOf(new Uint8Array(33)), RangeError);
  throws(() => rootOf(new Uint8Array(0)), RangeError);
  throws(() => new TreeHash({ before: new Uint8Array(40) }), RangeError);
});
