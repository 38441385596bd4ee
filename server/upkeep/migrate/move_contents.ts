import { createHash } from "node:crypto";

import { isContentKey } from "../../storage/names/location.ts";
import type { MigrationBucket, MigrationSource } from "../../storage/open_migration.ts";
import { shownName, type StoredFile } from "../../storage/sql/stored_files.ts";
import { StorageError } from "../../storage/storage_error.ts";
import { isInRow, storedPieces } from "../stored_pieces.ts";
import { type NewTreeHash, Summing } from "../summing.ts";

/** What contents are moved with. */
export interface MoveContentsOptions {
  readonly source: MigrationSource;
  readonly bucket: MigrationBucket;
  readonly newTreeHash: NewTreeHash;
}

/** Contents that are damaged or missing in the source: they were not moved. */
export class DamagedError extends Error {
  override readonly name = "DamagedError";
}

/**
 * Moves the contents of a file into the bucket, if they are not a row, and reads them there: once
 * it resolves they have the checksum that is on record. Returns their key, the same whenever it is
 * called. Throws a `DamagedError`, and a `StorageError` if an end does not answer.
 */
export async function moveContents(
  file: StoredFile,
  options: MoveContentsOptions,
): Promise<string> {
  const { source, bucket } = options;
  const { place } = file;
  if (isInRow(file)) {
    await readAll(file, options, { pieces: await storedPieces(file, source) });
    return place;
  }
  const key = isContentKey(place) ? place : keyFor(place, source);
  // An object is whole: it was put at once, or made of all its parts.
  if (await hasRight(file, { key, ...options })) return key;
  const writer = bucket.create(key);
  try {
    await readAll(file, options, {
      pieces: await storedPieces(file, source),
      write: (piece) => writer.write(piece),
    });
    await writer.seal();
  } finally {
    await writer.close();
  }
  if (await hasRight(file, { key, ...options })) return key;
  throw new StorageError(
    "store-failed",
    `The bucket has other contents than were put for ${await nameOf(file, options)}: run it again`,
  );
}

/** The key that contents get which have none: the same for the same source. */
function keyFor(place: string, { fingerprint }: MigrationSource): string {
  return createHash("sha256").update(`${fingerprint}\n${place}`).digest("hex").slice(0, 32);
}

/** Reads all, and writes it where that is asked for. Throws a `DamagedError`. */
async function readAll(
  file: StoredFile,
  options: MoveContentsOptions,
  { pieces, write = () => Promise.resolve() }: {
    readonly pieces: AsyncIterable<Uint8Array> | undefined;
    readonly write?: (piece: Uint8Array) => Promise<void>;
  },
): Promise<void> {
  if (pieces === undefined) throw new DamagedError(`${await nameOf(file, options)} is missing`);
  const sums = new Summing(file.sum, options.newTreeHash);
  for await (const piece of pieces) {
    sums.add(piece);
    await write(piece);
  }
  if (sums.size === file.size && sums.fits()) return;
  throw new DamagedError(
    `${await nameOf(file, options)} has other contents than those on record`,
  );
}

/** Whether the bucket has what is on record. */
async function hasRight(
  { size, sum }: StoredFile,
  { key, bucket, newTreeHash }: MoveContentsOptions & { readonly key: string },
): Promise<boolean> {
  const there = await bucket.open(key);
  if (there?.size !== size) return false;
  const sums = new Summing(sum, newTreeHash);
  for await (const piece of there.stream()) sums.add(piece);
  return sums.size === size && sums.fits();
}

function nameOf(file: StoredFile, { source }: MoveContentsOptions): Promise<string> {
  return source.rows.read(() => shownName(file));
}
