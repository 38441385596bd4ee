import type { Clock } from "../../shared/clock.ts";
import { SqlKeyedVersions } from "../../server/storage/sql/sql_keyed_versions.ts";
import { newRun } from "../../server/storage/sql/entries/entry_rows.ts";
import { SqlAccounts } from "../../server/storage/sql/accounts/sql_accounts.ts";
import { SqlContentRows } from "../../server/storage/sql/sql_content_rows.ts";
import { SqlTree } from "../../server/storage/sql/entries/sql_tree.ts";
import { SqlUploadRows } from "../../server/storage/sql/uploads/sql_upload_rows.ts";
import { DurableDatabase } from "../../server/storage/sqlite/writing/durable_database.ts";
import { IN_MEMORY } from "../../server/storage/sqlite/opening/open_database.ts";
import { SqliteCatalog } from "../../server/storage/sqlite/sqlite_catalog.ts";
import { SqliteRowDatabase } from "../../server/storage/sqlite/sqlite_row_database.ts";
import type { ContentRows } from "../../server/storage/contents/content_rows.ts";
import type { PieceRows } from "../../server/storage/contents/upload_parts.ts";
import type { Tree } from "../../server/storage/trees/tree.ts";
import type { DatabaseRows } from "../storage/rows_under_test.ts";

/** Seven days, in milliseconds. */
const UPLOAD_TIME = 7 * 24 * 3_600_000;

/** Opens a SQLite database for a test, in memory or at `path`, as a run of a server of its own. */
export async function sqliteRows(
  clock: Clock,
  path: string = IN_MEMORY,
): Promise<DatabaseRows & { readonly tree: Tree }> {
  const database = await DurableDatabase.open({ path, clock });
  const rows = new SqliteRowDatabase(database);
  const run = newRun();
  return {
    catalog: SqliteCatalog.over(database, clock),
    accounts: new SqlAccounts(rows, { clock }),
    tree: new SqlTree(rows, { clock }),
    contents: new SqlContentRows(rows, { clock, run }),
    uploads: new SqlUploadRows(rows, { clock, run, uploadTime: UPLOAD_TIME }),
    versions: new SqlKeyedVersions(rows, clock),
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}

/** What contents in a store of objects need of rows. */
export function rowsForFiles(
  { contents, uploads }: Pick<DatabaseRows, "contents" | "uploads">,
): Pick<ContentRows, "begin" | "abandon"> & PieceRows {
  return {
    begin: (key) => contents.begin(key),
    abandon: (key) => contents.abandon(key),
    pieces: (key) => uploads.pieces(key),
  };
}
