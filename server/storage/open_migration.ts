import { join } from "node:path";

import { cksumOf } from "../../shared/cksum/cksum.ts";
import type { Clock } from "../../shared/clock.ts";
import type { ContentWriter } from "./contents/content_files.ts";
import type { OpenContents } from "./contents/contents.ts";
import { type DatabaseAccess, readAccess } from "./access/database_access.ts";
import { lockFile } from "./disk/folders/file_lock.ts";
import { StoredFolder } from "./disk/stored_folder.ts";
import { IN_FOLDER } from "./versions/keyed_versions.ts";
import type { OpenS3Options } from "./s3/open_s3.ts";
import type { MigrationTarget } from "./postgres/upkeep/migration_target.ts";
import { expectPlace } from "./sql/sql_keyed_versions.ts";
import type { RowDatabase } from "./sql/work.ts";
import { copyCatalog } from "./sqlite/upkeep/copied_catalog.ts";
import type { SqliteCatalog } from "./sqlite/sqlite_catalog.ts";
import { StorageError } from "./storage_error.ts";
import type { Stored, StoredContents } from "./stored.ts";

/** Intents and clients that are read at a time. */
const PAGE = 100;

/** A data folder that is moved: no server uses it meanwhile, and nothing in it is changed. */
export interface MigrationSource extends Omit<Stored, typeof Symbol.asyncDispose> {
  /** A copy of its database, of the newest schema, without intents. */
  readonly rows: Pick<RowDatabase, "read">;
  /** What tells it from other folders, and from itself after a change. */
  readonly fingerprint: string;
}

/** A bucket that contents are moved into. */
export interface MigrationBucket {
  /** Begins contents with this key, in the place of what is there. */
  create(key: string): ContentWriter;
  open(key: string): Promise<OpenContents | undefined>;
  /** Whether it has nothing. */
  isEmpty(): Promise<boolean>;
  /** Gives up what an earlier run has left unfinished. */
  abortUploads(): Promise<void>;
}

export interface MigrationOptions extends DatabaseAccess {
  /** The data folder. */
  readonly data: string;
  /** The address of the PostgreSQL. */
  readonly database: string;
  readonly bucket: Pick<OpenS3Options, "place" | "keys" | "tryTime">;
  /** A folder for what is on its way, which exists. */
  readonly work: string;
  readonly clock: Clock;
}

/** What a migration works on, from where to where. */
export interface OpenMigration extends AsyncDisposable {
  readonly source: MigrationSource;
  readonly target: MigrationTarget;
  readonly bucket: MigrationBucket;
}

/** Opens all ends of a migration. Rejects with a `StorageError` that says what to do. */
export async function openMigration(options: MigrationOptions): Promise<OpenMigration> {
  const { data, bucket, work, clock } = options;
  await using opened = new AsyncDisposableStack();
  opened.use(await lockSource(data, clock));
  const { rows, catalog, fingerprint } = await copyCatalog(data, { work, clock, opened });
  await rows.read(() => expectPlace(IN_FOLDER));
  const contents = new StoredFolder(data);
  await settle(catalog, contents);
  const { MigrationTarget } = await import("./postgres/upkeep/migration_target.ts");
  const target = opened.use(await MigrationTarget.open({ clock, ...readAccess(options) }));
  const { openMigrationBucket } = await import("./s3/open_s3.ts");
  const into = await openMigrationBucket({ ...bucket, clock, spool: join(work, "spool") });
  const owned = opened.move();
  return {
    source: { rows, contents, fingerprint, hasJournal: true },
    target,
    bucket: into,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Locks a data folder against servers. */
async function lockSource(data: string, clock: Clock): Promise<Disposable> {
  const quoted = JSON.stringify(data);
  const there = await Deno.stat(join(data, "defensive.db")).catch(() => undefined);
  if (there?.isFile !== true) {
    throw new StorageError("database-unreadable", `No server has used the folder ${quoted}`);
  }
  const lock = await lockFile(join(data, "lock"), clock);
  if (lock !== undefined) return lock;
  throw new StorageError(
    "data-in-use",
    `The folder ${quoted} is in use by a server: stop it before its files are moved`,
  );
}

/** Does in the copy of a database what a start would do: what took its place is recorded. */
async function settle(catalog: SqliteCatalog, contents: StoredContents): Promise<void> {
  let last = new Uint8Array();
  for (;;) {
    const clients = await catalog.clientsWithIntents(last, PAGE);
    for (const id of clients) {
      for (let page = await catalog.intents(id, PAGE); page.length > 0;) {
        for (const intent of page) {
          const found = await contents.open(intent.location);
          const sum = found?.size === intent.size ? await cksumOf(found.stream()) : undefined;
          await found?.[Symbol.asyncDispose]();
          if (sum === intent.checksum) await catalog.record(intent);
          await catalog.withdraw([intent.staged]);
        }
        page = await catalog.intents(id, PAGE);
      }
    }
    const end = clients.at(-1);
    if (end === undefined) return;
    last = end.slice();
  }
}
