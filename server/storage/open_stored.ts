import { join } from "node:path";

import type { Clock } from "../../shared/clock.ts";
import { type DatabaseAccess, readAccess } from "./access/database_access.ts";
import { isPostgresAddress } from "./access/database_address.ts";
import { StoredFolder } from "./disk/stored_folder.ts";
import { IN_FOLDER } from "./versions/keyed_versions.ts";
import type { OpenS3Options } from "./s3/open_s3.ts";
import { expectPlace } from "./sql/sql_keyed_versions.ts";
import type { RowDatabase } from "./sql/work.ts";
import { DATABASE } from "./sqlite/opening/open_database.ts";
import { openToRead } from "./sqlite/upkeep/open_to_read.ts";
import type { Stored, StoredContents } from "./stored.ts";

/** A bucket that is only read. */
export type StoredBucket = Pick<OpenS3Options, "place" | "keys" | "tryTime">;

export interface OpenStoredOptions extends DatabaseAccess {
  /** The data folder. */
  readonly data: string;
  /** As `StorageOptions.database`. */
  readonly database: string | undefined;
  /** Where contents are; undefined for the data folder. */
  readonly bucket: StoredBucket | undefined;
  readonly clock: Clock;
}

/**
 * Opens what is stored for reading, also beside servers that run: nothing is locked, made or
 * changed. Rejects with a `StorageError` that says what to do.
 */
export async function openStored(options: OpenStoredOptions): Promise<Stored> {
  const { bucket } = options;
  await using opened = new AsyncDisposableStack();
  const rows = opened.use(await openRows(options)).rows;
  await rows.read(() => expectPlace(bucket?.place.text ?? IN_FOLDER));
  const contents = bucket === undefined
    ? new StoredFolder(options.data)
    : await openBucket(bucket, options.clock);
  const owned = opened.move();
  return {
    rows,
    contents,
    hasJournal: !isShared(options.database),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function isShared(database: string | undefined): database is string {
  return database !== undefined && isPostgresAddress(database);
}

async function openRows(
  { data, database, clock, ...access }: OpenStoredOptions,
): Promise<AsyncDisposable & { readonly rows: Pick<RowDatabase, "read"> }> {
  if (!isShared(database)) return openToRead(database ?? join(data, DATABASE));
  const postgres = await import("./postgres/upkeep/open_to_read.ts");
  return await postgres.openToRead({ clock, ...readAccess({ database, ...access }) });
}

async function openBucket(bucket: StoredBucket, clock: Clock): Promise<StoredContents> {
  const { openStoredObjects } = await import("./s3/open_s3.ts");
  return await openStoredObjects({ ...bucket, clock });
}
