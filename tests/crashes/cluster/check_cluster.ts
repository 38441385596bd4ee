import assert from "node:assert/strict";
import { cksumOf } from "../../../shared/cksum/cksum.ts";
import { pause } from "../../../shared/clock.ts";
import { SYSTEM_CLOCK } from "../../../server/system_clock.ts";
import type { ServerStorage } from "../../../server/storage/open_storage.ts";
import type { ClientRow, FileRow } from "../../end_to_end/fixtures/data_folder.ts";
import type { Ledger } from "../ledger.ts";
import type { Cluster } from "./cluster.ts";

/** Milliseconds between two sweeps: more than what was replaced is kept. */
const BETWEEN_SWEEPS = 5_500;

/** What was found in a database and a bucket. */
export interface Found {
  /** Files on record, of both protocols. */
  readonly files: number;
  /** Objects that no file has: all of them garbage, or under way. */
  readonly waiting: number;
}

/** A file on record, and what its contents are. */
type Row = Omit<FileRow, "verified"> & { readonly isOfTree: boolean };

/**
 * Fails unless all that a ledger knows of is on record, each row has its contents with the size and
 * the checksum that it says, and each object is of a row, garbage, or under way; and unless sweeps
 * leave those of files, and of uploads that may go on. No server may run.
 */
export async function checkCluster(cluster: Cluster, ledger: Ledger): Promise<Found> {
  const { bucket } = cluster;
  await using storage = await cluster.storage();
  const rows = await allRows(cluster);
  const files: FileRow[] = [];
  for (let at = 0; at < rows.length; at += 8) {
    files.push(...await Promise.all(rows.slice(at, at + 8).map((row) => checked(row, storage))));
  }
  ledger.settle({ clients: await clients(cluster), files });
  const held = new Set(rows.map(({ location }) => location).filter((key) => !isSmall(key)));
  // Before the bucket is listed: this storage sweeps by itself, too.
  const known = new Set([...held, ...await keys(cluster, NOT_YET), ...await keys(cluster, LEFT)]);
  const before = await keysInBucket(cluster);
  const lost = before.objects.filter((key) => !known.has(key));
  assert.deepEqual(lost, [], "Each object is of a file, garbage, or under way");
  const waiting = before.objects.filter((key) => !held.has(key)).length;
  await storage.contents.sweep();
  await pause(SYSTEM_CLOCK, BETWEEN_SWEEPS);
  while (await storage.contents.sweep() > 0);
  const goOn = await keys(cluster, NOT_YET);
  const after = await keysInBucket(cluster);
  const needed = new Set([...held, ...goOn]);
  assert.deepEqual(after.objects.filter((key) => !needed.has(key)), [], "Sweeps leave no object");
  assert.deepEqual(after.uploads.filter((key) => !goOn.has(key)), [], "Sweeps leave no parts");
  assert.deepEqual([...held].filter((key) => !after.objects.includes(key)), []);
  assert.deepEqual([...await keys(cluster, LEFT)], [], "Sweeps leave no garbage");
  assert.equal(await bucket.uploads(), after.uploads.length);
  return { files: rows.length, waiting };
}

/** Keys of uploads that may go on: for days. */
const NOT_YET = `SELECT "Contents" AS key FROM uploads WHERE "Contents" IS NOT NULL
  UNION SELECT "Key" AS key FROM upload_pieces WHERE "Key" IS NOT NULL`;

/** Keys that the sweeper has to see to. */
const LEFT = `SELECT "Key" AS key FROM garbage UNION SELECT "Key" AS key FROM under_way`;

async function keys({ sql }: Cluster, query: string): Promise<ReadonlySet<string>> {
  return new Set((await sql.unsafe(query)).map((row) => String(row["key"])));
}

async function allRows({ sql }: Cluster): Promise<readonly Row[]> {
  const files = await sql.unsafe(`SELECT encode("ID", 'hex') AS id, "FileName" AS name,
    "PathName" AS location, "Size"::int AS size, "Checksum"::bigint AS checksum, "Verified" AS ok
    FROM files`);
  const entries = await sql.unsafe(`SELECT encode("ID", 'hex') AS id, "Name" AS name,
    "Contents" AS location, "Size"::int AS size FROM entries WHERE "Kind" = 1`);
  const row = (isOfTree: boolean) => (found: postgresRow): Row => ({
    id: String(found["id"]),
    fileName: String(found["name"]),
    location: String(found["location"]),
    size: Number(found["size"]),
    checksum: Number(found["checksum"] ?? NaN),
    isOfTree,
  });
  assert(files.every((found) => found["ok"] === 1), "Each file was confirmed");
  return [...files.map(row(false)), ...entries.map(row(true))];
}

type postgresRow = Readonly<Record<string, unknown>>;

async function clients({ sql }: Cluster): Promise<readonly ClientRow[]> {
  const rows = await sql.unsafe(
    `SELECT encode("ID", 'hex') AS id, "Name" AS name, "Revision" AS revision FROM clients`,
  );
  return rows.map(({ id, name, revision }) => ({ id, name, revision }));
}

/** Reads a file's contents to their end; of a file of a tree the checksum is found thus. */
async function checked(row: Row, { contents, store }: ServerStorage): Promise<FileRow> {
  const { location, isOfTree, size } = row;
  await using opened = isOfTree ? await contents.open(location) : undefined;
  const bytes = isOfTree ? opened?.stream() : await store.read(location);
  assert(bytes !== undefined, `${row.fileName} of ${row.id} has its contents, ${location}`);
  let read = 0;
  const counted = bytes.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array<ArrayBuffer>>({
      transform(chunk, controller) {
        read += chunk.byteLength;
        controller.enqueue(new Uint8Array(chunk));
      },
    }),
  );
  const checksum = await cksumOf(counted);
  assert.equal(read, size, `${row.fileName} of ${row.id} has the size on record`);
  if (!isOfTree) assert.equal(checksum, row.checksum, `${row.fileName} of ${row.id}`);
  return { ...row, checksum, verified: 1 };
}

async function keysInBucket({ bucket }: Cluster): Promise<{
  readonly objects: readonly string[];
  readonly uploads: readonly string[];
}> {
  const keyOf = (object: string) => object.replace(/^files\/o\/(..)\//, "$1");
  const [objects, uploads] = [await bucket.objects(), await bucket.uploadKeys()];
  return { objects: objects.map(keyOf), uploads: uploads.map(keyOf) };
}

function isSmall(key: string): boolean {
  return key.startsWith("r");
}
