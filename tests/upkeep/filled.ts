import { ok } from "node:assert/strict";

import { newDevice, newId, readAll } from "../storage/trees_under_test.ts";
import type { Storage } from "../../server/storage/storage.ts";
import { cksumOf } from "../../shared/cksum/cksum.ts";
import { TreeHash } from "../../shared/protocol4/tree/tree_hash.ts";
import type { ClientId } from "../../shared/wire/client_id.ts";
import { seededBytes } from "../end_to_end/fixtures/seeded_bytes.ts";

/** A file that a storage was given. */
export interface Given {
  readonly clientId: ClientId;
  readonly protocol: 3 | 4;
  /** Its name, or its path. */
  readonly path: string;
  readonly content: Uint8Array<ArrayBuffer>;
}

/** Files of protocol 3, with names that some systems take for the same, and their sizes. */
const NAMED = [["small.bin", 1_000], ["empty", 0], ["large.bin", 200_000]] as const;
const TWINS = [["ﬁle", 10], ["file", 20]] as const;

/** Files of protocol 4: rows of the database, and contents by key. */
const TREE = [
  ["note.txt", 300],
  ["empty", 0],
  ["pictures/one.raw", 70_000],
  ["pictures/deep/er/two.raw", 3 * 1024 ** 2 + 7],
] as const;

/**
 * When the files of protocol 4 were changed, in milliseconds since 1970. As a number of nanoseconds
 * it would be rounded to another millisecond.
 */
export const MTIME = 1_700_000_000_002;

/** Registers clients, and stores files of both protocols, which are returned. */
export async function filled(storage: Storage): Promise<readonly Given[]> {
  const given: Given[] = [];
  const [old, account] = [newId(), newId()];
  await storage.catalog.register({ id: old, name: "Old", revision: "2024a" });
  for (const [path, size] of [...NAMED, ...TWINS]) {
    given.push(await sent(storage, { clientId: old, path, size }));
  }
  const device = newDevice();
  ok(typeof await storage.accounts.register({ id: account, name: "Maya", device }) === "object");
  for (const [path, size] of TREE) {
    given.push(await put(storage, { clientId: account, path, size }));
  }
  await storage.tree.record(account, { kind: "link", path: "link", target: "note.txt" });
  return given;
}

/** Bytes that follow from a name and a size. */
function contentOf(path: string, size: number): Uint8Array<ArrayBuffer> {
  const seed = [...path].reduce((sum, character) => sum * 31 + (character.codePointAt(0) ?? 0), 7);
  return seededBytes(seed % 2 ** 31, size);
}

interface Wanted {
  readonly clientId: ClientId;
  readonly path: string;
  readonly size: number;
}

/** Stores a file of protocol 3. */
export async function sent(storage: Storage, { clientId, path, size }: Wanted): Promise<Given> {
  const content = contentOf(path, size);
  const staged = await storage.store.stage();
  await staged.write(content);
  const checksum = await cksumOf(new Blob([content]).stream());
  await storage.committer.commit(staged, {
    ...{ clientId, fileName: path, size, checksum, verified: true },
  });
  return { clientId, protocol: 3, path, content };
}

/** Stores a file of protocol 4, with the folders above it. */
export async function put(storage: Storage, { clientId, path, size }: Wanted): Promise<Given> {
  const content = contentOf(path, size);
  const made = storage.contents.create();
  await made.write(content);
  const hash = new TreeHash();
  hash.update(content);
  const contents = await made.seal();
  await storage.tree.record(clientId, {
    ...{ kind: "file", path, size, tree: hash.digest(), contents, parents: true },
    mtime: `${MTIME}000000`,
  });
  return { clientId, protocol: 4, path, content };
}

/** What a storage has in the place of a file that it was given. */
export async function read(
  storage: Storage,
  { clientId, protocol, path }: Given,
): Promise<Uint8Array | undefined> {
  if (protocol === 3) {
    const opened = await storage.committer.open(clientId, path);
    return opened && await readAll(opened.contents);
  }
  const entry = await storage.tree.entry(clientId, path);
  const opened = entry?.kind === "file" && await storage.contents.open(entry.contents);
  return opened ? await readAll(opened.stream()) : undefined;
}
