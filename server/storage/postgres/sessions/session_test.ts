import assert from "node:assert/strict";
import { quotedSql } from "./session.ts";

Deno.test("quotedSql() quotes names of columns and numbers values, but not within quotes", () => {
  const cases = [
    [
      "SELECT * FROM files WHERE ID = ? AND NameKey > ?",
      'SELECT * FROM files WHERE "ID" = $1 AND "NameKey" > $2',
    ],
    ["SET MTime = coalesce(?, excluded.MTime)", 'SET "MTime" = coalesce($1, excluded."MTime")'],
    ["SELECT 'Who is ?' AS \"Offset\"", "SELECT 'Who is ?' AS \"Offset\""],
    ["FROM entries INDEXED BY entries_folders ON Kind = 2", 'FROM entries  ON "Kind" = 2'],
    ["PERFORM count_for(NEW.ID, _bytes)", 'PERFORM count_for(NEW."ID", _bytes)'],
  ];
  for (const [sql = "", quoted] of cases) assert.equal(quotedSql(sql), quoted);
});
