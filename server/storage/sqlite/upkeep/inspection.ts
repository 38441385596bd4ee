import { doWork } from "../sqlite_row_database.ts";
import { Statements } from "../statements.ts";
import { MIGRATIONS } from "../schema/migrations.ts";
import { openUnchanged } from "./open_to_read.ts";
import { sqliteError } from "../sqlite_error.ts";
import { all } from "../../sql/work.ts";

/**
 * Asks the database at `path` what it is; undefined if there is none. Changes nothing. Throws a
 * `StorageError`.
 */
export function inspectSqlite(
  path: string,
):
  | { readonly schema: number; readonly newest: number; readonly place: string | undefined }
  | undefined {
  let database: ReturnType<typeof openUnchanged>;
  try {
    database = openUnchanged(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw sqliteError(error, path);
  }
  try {
    const schema = Number(database.prepare("PRAGMA user_version").get()?.["user_version"]);
    const sql = new Statements(database);
    // The table came with the seventh version.
    const [row] = schema < 7 ? [] : doWork(
      sql,
      all<{ readonly Place: string }>("SELECT Place FROM content_place"),
    );
    sql.clear();
    return { schema, newest: MIGRATIONS.length, place: row?.Place };
  } catch (error) {
    throw sqliteError(error, path);
  } finally {
    database.close();
  }
}
