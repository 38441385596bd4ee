import { SqlKeyedVersions } from "../sql/sql_keyed_versions.ts";
import { SqlAccounts } from "../sql/trees/sql_accounts.ts";
import { SqlContentRows } from "../sql/trees/sql_content_rows.ts";
import { SqlUploadRows } from "../sql/trees/sql_upload_rows.ts";
import { keyedVersionsConformance } from "../testing/keyed_versions_conformance.ts";
import type { OpenRows } from "../testing/rows_under_test.ts";
import { uploadPiecesConformance } from "../testing/upload_pieces_conformance.ts";
import { DurableDatabase } from "./durable_database.ts";
import { IN_MEMORY } from "./open_database.ts";
import { SqliteCatalog } from "./sqlite_catalog.ts";
import { SqliteRowDatabase } from "./sqlite_row_database.ts";

const open: OpenRows = async (_, clock) => {
  const database = await DurableDatabase.open({ path: IN_MEMORY, clock });
  const rows = new SqliteRowDatabase(database);
  const run = 1;
  return {
    catalog: SqliteCatalog.over(database, clock),
    accounts: new SqlAccounts(rows, { clock }),
    contents: new SqlContentRows(rows, { clock, run }),
    uploads: new SqlUploadRows(rows, { clock, run, uploadTime: 86_400_000 }),
    versions: new SqlKeyedVersions(rows, clock),
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
};

keyedVersionsConformance("SQLite", open);
uploadPiecesConformance("SQLite", open);
