import type { Clock } from "../../../shared/clock.ts";
import type { Awaited } from "../access/awaited.ts";
import type { ContentRows } from "../contents/content_rows.ts";
import type { S3Place } from "../access/s3_place.ts";
import type { StoredContents } from "../stored.ts";
import type { PieceRows } from "../contents/upload_parts.ts";
import { awaitBucket } from "./requests/await_bucket.ts";
import { Flights } from "./writing/flights.ts";
export { LARGEST_OBJECT } from "./writing/part_sizes.ts";
import { BucketInspection } from "./upkeep/inspection.ts";
import { MovedObjects } from "./upkeep/moved_objects.ts";
import { S3Client, type S3ClientOptions, type S3Keys } from "./requests/s3_client.ts";
import { S3ContentFiles } from "./s3_content_files.ts";
import { S3Objects } from "./requests/s3_objects.ts";
import { S3StoredObjects } from "./upkeep/s3_stored_objects.ts";
import { Spool } from "./writing/spool.ts";

export interface OpenS3Options {
  readonly place: S3Place;
  readonly keys: S3Keys;
  /** The folder of this server alone for what is to be sent. */
  readonly spool: string;
  readonly rows: Pick<ContentRows, "begin" | "abandon"> & PieceRows;
  readonly clock: Clock;
  /** Milliseconds for a try of a request. */
  readonly tryTime?: number;
  /** How a store is waited for that does not answer. Default: it is not. */
  readonly awaited?: Awaited | undefined;
  /** See `S3ClientOptions`. */
  readonly onTrouble?: S3ClientOptions["onTrouble"];
}

/**
 * Opens contents in a bucket, which has to be there; a store that does not answer is waited for if
 * it is `awaited`. Throws a `StorageError` that says what to do: the bucket is missing, the keys or
 * rights are wrong, the clock is, or the store cannot be reached.
 */
export async function openS3(options: OpenS3Options): Promise<S3ContentFiles> {
  const { rows, clock } = options;
  const objects = new S3Objects(new S3Client(options));
  await awaitBucket(objects, options);
  const spool = await Spool.open(options.spool);
  return new S3ContentFiles({ objects, spool, flights: new Flights(), rows, clock });
}

/** Opens contents in a bucket, which has to be there, for reading alone. Throws as `openS3()`. */
export async function openStoredObjects(
  options: Pick<OpenS3Options, "place" | "keys" | "clock" | "tryTime">,
): Promise<StoredContents> {
  const client = new S3Client(options);
  await new S3Objects(client).expectBucket();
  return new S3StoredObjects(client, options.clock);
}

/** Opens a bucket, which has to be there, to put contents into it. Throws as `openS3()`. */
export async function openMigrationBucket(
  options: Pick<OpenS3Options, "place" | "keys" | "clock" | "tryTime" | "spool">,
): Promise<MovedObjects> {
  const objects = new S3Objects(new S3Client(options));
  await objects.expectBucket();
  const spool = await Spool.open(options.spool);
  return new MovedObjects({ objects, spool, flights: new Flights(), clock: options.clock });
}

/** Returns what asks a bucket what a server needs of it. */
export function inspectBucket(
  options: Pick<OpenS3Options, "place" | "keys" | "clock" | "tryTime">,
): BucketInspection {
  return new BucketInspection(new S3Client(options), options.clock);
}
