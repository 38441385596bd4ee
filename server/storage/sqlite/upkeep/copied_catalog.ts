import { createHash } from "node:crypto";
import { basename, join } from "node:path";

import type { Clock } from "../../../../shared/clock.ts";
import type { RowDatabase } from "../../sql/work.ts";
import { DATABASE } from "../opening/open_database.ts";
import { DurableDatabase } from "../writing/durable_database.ts";
import { SqliteCatalog } from "../sqlite_catalog.ts";
import { databaseFileError } from "../sqlite_error.ts";
import { SqliteRowDatabase } from "../sqlite_row_database.ts";

/** A copy of a database, of the newest schema, that may be changed. */
export interface CopiedCatalog {
  readonly rows: RowDatabase;
  readonly catalog: SqliteCatalog;
  /** SHA-256 of what was copied, in hexadecimal digits. */
  readonly fingerprint: string;
}

/**
 * Copies the database of a data folder that no server uses into the folder `work`, and opens the
 * copy. Adds to `opened` what has to be closed. Throws a `StorageError`.
 */
export async function copyCatalog(
  data: string,
  { work, clock, opened }: {
    readonly work: string;
    readonly clock: Clock;
    readonly opened: AsyncDisposableStack;
  },
): Promise<CopiedCatalog> {
  const hash = createHash("sha256");
  const path = join(data, DATABASE);
  try {
    for (const name of [DATABASE, `${DATABASE}-wal`, `${DATABASE}-shm`]) {
      await Deno.remove(join(work, name)).catch(unlessMissing);
    }
    await copy(path, { to: join(work, DATABASE), hash });
    await copy(`${path}-wal`, { to: join(work, `${DATABASE}-wal`), hash }).catch(unlessMissing);
  } catch (error) {
    throw databaseFileError(error, `copy the database ${JSON.stringify(path)}`);
  }
  const database = opened.use(await DurableDatabase.open({ path: join(work, DATABASE), clock }));
  return {
    rows: new SqliteRowDatabase(database),
    catalog: SqliteCatalog.over(database, clock),
    fingerprint: hash.digest("hex"),
  };
}

async function copy(
  from: string,
  { to, hash }: { readonly to: string; readonly hash: ReturnType<typeof createHash> },
): Promise<void> {
  using source = await Deno.open(from);
  using target = await Deno.open(to, { write: true, createNew: true, mode: 0o600 });
  hash.update(basename(from));
  const piece = new Uint8Array(1024 ** 2);
  for (;;) {
    const count = await source.read(piece);
    if (count === null) return;
    const bytes = piece.subarray(0, count);
    hash.update(bytes);
    for (let at = 0; at < count;) at += await target.write(bytes.subarray(at));
  }
}

function unlessMissing(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}
