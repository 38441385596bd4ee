import type { Logger } from "@logtape/logtape";
import { ProblemError } from "../../../shared/protocol4/problem.ts";
import { BLOCK_SIZE, HASH_SIZE } from "../../../shared/protocol4/tree/leaf_stack.ts";
import { toHex } from "../../../shared/text/encodings.ts";
import { shortPath } from "../../../shared/text/quoted.ts";
import { sameBytes } from "../../../shared/wire/bytes.ts";
import type { Counters } from "../../observe/counters.ts";
import type { Precondition, Tree } from "../../storage/trees/tree.ts";
import type { CommittedUpload, Upload, UploadKey, Uploads } from "../../storage/trees/uploads.ts";
import { madeBefore } from "../files/repeated_change.ts";
import { ContentHash } from "../contents/content_hash.ts";
import type { Protocol4Counter } from "../protocol4_counter.ts";
import type { ClientHash } from "./client_hash.ts";
import type { Tails } from "./tails.ts";

export interface CommitParts {
  readonly uploads: Uploads;
  /** What is there already. */
  readonly tree: Pick<Tree, "entry">;
  readonly tails: Tails;
  readonly counters: Counters<Protocol4Counter>;
}

/** An upload that is to become a file. */
export interface Commit {
  readonly key: UploadKey;
  readonly upload: Upload;
  /** What the client says of the contents; undefined if it says nothing. */
  readonly claimed: ClientHash | undefined;
  readonly precondition: Precondition | undefined;
  readonly log: Logger;
}

/**
 * Makes an upload a file, if it is complete and its contents are those that the client means.
 * Repeated, it answers as the first time. Throws a `ProblemError`: `upload-incomplete` with the
 * offset, `tree-mismatch` with the first block that differs where the client sent its leaves; and
 * the errors of the storage.
 */
export async function commitUpload(
  { uploads, tree: files, tails, counters }: CommitParts,
  { key, upload, claimed, precondition, log }: Commit,
): Promise<CommittedUpload> {
  if (upload.committed !== undefined) return repeated(upload.committed, claimed);
  const { offset } = upload;
  const size = claimed?.size ?? upload.size ?? offset;
  if (offset !== size || (upload.size ?? size) !== size) {
    throw new ProblemError("upload-incomplete", `The upload has ${offset} of ${size} bytes`, {
      offset,
    });
  }
  if (upload.size === undefined) await uploads.setSize(key, size);
  const tree = await treeOf({ uploads, tails }, { key, size, leaves: claimed?.leaves });
  expectTree(tree, claimed?.tree ?? upload.tree);
  const wanted = { ...key, size, tree, parents: true };
  const result = await uploads.commit({
    ...wanted,
    ...(precondition !== undefined && { precondition }),
  }).catch(async (error: unknown) => {
    const { clientId } = key;
    const change = { kind: "file", ...upload, size, tree } as const;
    const made = await madeBefore(error, { tree: files, clientId, change });
    if (made === undefined) throw error;
    // The file came in one request, and comes again: this upload takes the place of the first.
    const { entry: { version } } = made;
    return await uploads.commit({ ...wanted, precondition: { kind: "version", version } });
  });
  if (result.repeated) return result.committed;
  const { entry } = result;
  counters.add("files-stored");
  counters.add("bytes-stored", size);
  log.info("Stored {file}: {size} bytes", { file: shortPath(entry.path), size });
  return { path: entry.path, version: entry.version, size, tree };
}

function repeated(committed: CommittedUpload, claimed: ClientHash | undefined): CommittedUpload {
  if (claimed !== undefined) {
    const { tree, size = committed.size } = claimed;
    if (size !== committed.size) throw mismatch(committed.tree);
    expectTree(committed.tree, tree);
  }
  return committed;
}

function expectTree(tree: Uint8Array, expected: Uint8Array | undefined): void {
  if (expected !== undefined && !sameBytes(tree, expected)) throw mismatch(tree);
}

function mismatch(tree: Uint8Array, block?: number): ProblemError {
  const where = block === undefined ? "" : `, first in block ${block}`;
  return new ProblemError("tree-mismatch", `The contents differ${where}`, {
    tree: toHex(tree),
    ...(block !== undefined && { block }),
  });
}

/**
 * The tree hash of all that is there, from its leaves. Throws a `ProblemError`, `tree-mismatch`, at
 * the first that differs from the client's.
 */
async function treeOf(
  { uploads, tails }: Pick<CommitParts, "uploads" | "tails">,
  { key, size, leaves }: {
    readonly key: UploadKey;
    readonly size: number;
    readonly leaves: Uint8Array | undefined;
  },
): Promise<Uint8Array> {
  const hash = new ContentHash();
  let differs: number | undefined;
  let rest = new Uint8Array();
  const compare = (block: number, leaf: Uint8Array) => {
    if (leaves === undefined || differs !== undefined) return;
    const own = leaves.subarray(block * HASH_SIZE, (block + 1) * HASH_SIZE);
    if (!sameBytes(own, leaf)) differs = block;
  };
  for await (const chunk of await uploads.leaves(key)) {
    const bytes = rest.byteLength === 0 ? chunk : new Uint8Array([...rest, ...chunk]);
    const whole = bytes.byteLength - bytes.byteLength % HASH_SIZE;
    for (let at = 0; at < whole; at += HASH_SIZE) {
      const leaf = bytes.subarray(at, at + HASH_SIZE);
      compare(hash.size / BLOCK_SIZE, leaf);
      hash.follow(leaf);
    }
    rest = bytes.slice(whole);
  }
  const blocks = hash.size / BLOCK_SIZE;
  const tree = await tails.use(() => uploads.tail(key), async (tail) => {
    hash.add(tail);
    if (hash.size !== size) throw new Error("The leaves of an upload do not cover its size");
    if (leaves !== undefined && (tail.byteLength > 0 || size === 0)) {
      const last = new ContentHash();
      last.add(tail);
      compare(blocks, await last.root());
    }
    return await hash.root();
  });
  if (differs !== undefined) throw mismatch(tree, differs);
  return tree;
}
