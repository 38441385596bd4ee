import { statfsSync } from "node:fs";
import { join } from "node:path";

import type { Clock } from "../../shared/clock.ts";
import { type DatabaseAccess, readAccess } from "./access/database_access.ts";
import { lockFile } from "./disk/folders/file_lock.ts";
import type { PostgresFacts } from "./postgres/upkeep/inspection.ts";
import type { BucketInspection } from "./s3/upkeep/inspection.ts";
import type { OpenS3Options } from "./s3/open_s3.ts";
import { DATABASE } from "./sqlite/opening/open_database.ts";
import { inspectSqlite } from "./sqlite/upkeep/inspection.ts";

export type { BucketRules } from "./s3/upkeep/inspection.ts";
export type { PostgresFacts } from "./postgres/upkeep/inspection.ts";

/** What a SQLite database says of itself. */
export interface SqliteFacts {
  readonly path: string;
  readonly schema: number;
  /** The newest version that is known here. */
  readonly newest: number;
  /** As `PostgresFacts.place`. */
  readonly place: string | undefined;
}

/** Asks a PostgreSQL what it is. Rejects with a `StorageError`. */
export async function openPostgresInspection(
  { clock, ...access }: DatabaseAccess & { readonly database: string; readonly clock: Clock },
): Promise<PostgresFacts & { readonly pooled: () => Promise<void> } & AsyncDisposable> {
  const { inspectPostgres } = await import("./postgres/upkeep/inspection.ts");
  return await inspectPostgres({ clock, ...readAccess(access) });
}

/** Returns what asks a bucket what a server needs of it. */
export async function openBucketInspection(
  options: Pick<OpenS3Options, "place" | "keys" | "clock" | "tryTime">,
): Promise<BucketInspection> {
  const { inspectBucket } = await import("./s3/open_s3.ts");
  return inspectBucket(options);
}

/**
 * Asks the SQLite database of a data folder, or at a path, what it is; undefined if there is none
 * yet. Changes nothing. Throws a `StorageError`.
 */
export function sqliteFacts(data: string, database: string | undefined): SqliteFacts | undefined {
  const path = database ?? join(data, DATABASE);
  const found = inspectSqlite(path);
  return found && { path, ...found };
}

/** Whether a server uses a data folder, which exists. Throws a `StorageError`. */
export async function isInUse(data: string, clock: Clock): Promise<boolean> {
  // A lock file that is not there is held by no process, and is not made.
  const isThere = await Deno.lstat(join(data, "lock")).then(() => true, () => false);
  if (!isThere) return false;
  using lock = await lockFile(join(data, "lock"), clock);
  return lock === undefined;
}

/** Returns how many bytes can be written to a folder that exists; undefined if that is unknown. */
export function roomIn(folder: string): number | undefined {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch {
    return undefined;
  }
}
