import { foldName } from "../../storage/names/distinct_path.ts";
import type { OpenMigration } from "../../storage/open_migration.ts";
import { entryOf, fileOf, type StoredFile } from "../../storage/sql/stored_files.ts";
import {
  COMMITTED_UPLOADS,
  countRows,
  ENTRIES,
  FILES,
  keyOf,
  PLAIN_TABLES,
  type Row,
  rowsAfter,
  type Table,
  TABLES,
} from "../../storage/sql/table_rows.ts";
import { StorageError } from "../../storage/storage_error.ts";
import type { NewTreeHash } from "../summing.ts";
import { DamagedError, moveContents } from "./move_contents.ts";

/** Contents that are moved at once. */
const AT_ONCE = 4;

/** What was moved. */
export interface Migrated {
  /** Whether all of it was there before. */
  readonly before: boolean;
  /** Rows by the names of their tables. */
  readonly rows: Readonly<Record<string, number>>;
  /** Uploads that had begun, which are left out: their clients begin them again. */
  readonly uploadsLeftOut: number;
  /** Files that are damaged, which were left out. */
  readonly damaged: readonly string[];
}

export interface MigrateAllOptions extends OpenMigration {
  readonly newTreeHash: NewTreeHash;
  /** What is moved, as it is noted in the target. */
  readonly place: string;
  /** Secrets of the server and rows that are not in its database. */
  readonly outside: {
    readonly secrets: Readonly<Record<string, string>>;
    readonly invitations: readonly Row[];
  };
  /** Whether files that are damaged are left out. */
  readonly leaveOut: boolean;
  readonly onProgress: (table: string, rows: number, of: number) => void;
}

/** Thrown when files are damaged and are not to be left out. */
export class DamagedFilesError extends Error {
  override readonly name = "DamagedFilesError";
  /** A line for each. */
  readonly files: readonly string[];

  constructor(files: readonly string[]) {
    super("Files are damaged");
    this.files = files;
  }
}

/**
 * Moves everything, and goes on where an earlier run was interrupted: the rows of a page are
 * written once their contents are in the bucket and right, so that the last row says how far it
 * has got. Throws a `StorageError`, and a `DamagedFilesError`.
 */
export async function migrateAll(options: MigrateAllOptions): Promise<Migrated> {
  const { source, target, bucket, place, outside } = options;
  const note = { source: source.fingerprint, place };
  const state = await target.state(note);
  if (state === "finished") return await result({ before: true, damaged: [] });
  if (state === "new") {
    if (!await bucket.isEmpty()) {
      throw new StorageError(
        "contents-elsewhere",
        `${place} has objects already: name an empty bucket, or another prefix, with --store`,
      );
    }
    await target.begin(note);
  }
  await bucket.abortUploads();
  const damaged: string[] = [];
  for (const [name, text] of Object.entries(outside.secrets)) await target.keep(name, text);
  for (const table of PLAIN_TABLES) await moveTable(table, (rows) => Promise.resolve(rows));
  const invitations = PLAIN_TABLES.find(({ name }) => name === "invitations");
  if (invitations !== undefined) await target.add(invitations, outside.invitations);
  await moveTable(ENTRIES, (rows) => withContents(rows, entryRow));
  await moveTable(FILES, (rows) => withContents(rows, fileRow));
  await moveTable(COMMITTED_UPLOADS, (rows) => Promise.resolve(rows));
  const migrated = await result({ before: false, damaged });
  await target.finish(note);
  return migrated;

  async function moveTable(
    table: Table,
    moved: (rows: readonly Row[]) => Promise<readonly Row[]>,
  ): Promise<void> {
    const of = await source.rows.read(() => countRows(table));
    let [last, count] = [await target.lastKey(table), await target.count(table)];
    for (;;) {
      const after = last;
      const page = await source.rows.read(() => rowsAfter(table, after));
      const end = page.at(-1);
      if (end === undefined) return;
      await target.add(table, await moved(page));
      last = keyOf(table, end);
      count += page.length;
      options.onProgress(table.name, count, of);
    }
  }

  /** Moves the contents of rows; returns those rows whose contents are there. */
  async function withContents(
    rows: readonly Row[],
    moved: (row: Row) => Promise<Row>,
  ): Promise<readonly Row[]> {
    const done = new Map<number, Row>();
    const found: string[] = [];
    const left = rows.entries();
    const work = async () => {
      for (const [index, row] of left) {
        try {
          done.set(index, await moved(row));
        } catch (error) {
          if (!(error instanceof DamagedError)) throw error;
          found.push(error.message);
        }
      }
    };
    // None goes on after the others have failed.
    const results = await Promise.allSettled(Array.from({ length: AT_ONCE }, work));
    for (const one of results) if (one.status === "rejected") throw one.reason;
    if (found.length > 0 && !options.leaveOut) throw new DamagedFilesError(found);
    damaged.push(...found);
    return rows.map((_, index) => done.get(index)).filter((row) => row !== undefined);
  }

  async function entryRow(row: Row): Promise<Row> {
    const file = entryOf(row as never);
    for (const one of file) await move(one);
    return row;
  }

  async function fileRow(row: Row): Promise<Row> {
    const key = await move(fileOf(row as never));
    return { ...row, PathName: key, FoldedPath: foldName(key) };
  }

  function move(file: StoredFile): Promise<string> {
    return moveContents(file, options);
  }

  async function result(
    part: Pick<Migrated, "before" | "damaged">,
  ): Promise<Migrated> {
    const rows: Record<string, number> = {};
    for (const table of TABLES) rows[table.name] = await target.count(table);
    const begun = { ...COMMITTED_UPLOADS, where: "Version IS NULL" };
    return { ...part, rows, uploadsLeftOut: await source.rows.read(() => countRows(begun)) };
  }
}
