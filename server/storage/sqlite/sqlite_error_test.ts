import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";

import { StorageError } from "../storage_error.ts";
import { databaseFileError, sqliteError } from "./sqlite_error.ts";

/** What `work` throws, as the named form of an error about the database `test.db`. */
function errorOf(work: () => void): StorageError {
  try {
    work();
  } catch (error) {
    return sqliteError(error, "test.db");
  }
  throw new Error("Nothing was thrown");
}

Deno.test("databaseFileError() names the errors that an operator can mend", () => {
  const table: readonly (readonly [string, string])[] = [
    ["ENOSPC", "disk-full"],
    ["EMFILE", "out-of-descriptors"],
    ["ENOMEM", "out-of-memory"],
    ["EACCES", "database-not-writable"],
    ["EIO", "disk-failed"],
  ];
  for (const [code, reason] of table) {
    const cause = Object.assign(new Error("Text of the system"), { code });
    const error = databaseFileError(cause, 'open "/srv/data/defensive.db"');
    assert.equal(error.reason, reason);
    assert.match(error.message, /^Cannot open "\/srv\/data\/defensive.db": /);
    assert.equal(error.cause, cause);
  }
});

Deno.test("sqliteError() names a full disk, as SQLite itself reports it", () => {
  const database = new DatabaseSync(":memory:");
  database.exec("CREATE TABLE t (x BLOB); PRAGMA max_page_count = 3");
  const error = errorOf(() => database.exec("INSERT INTO t VALUES (zeroblob(100000))"));
  database.close();
  assert.equal(error.reason, "disk-full");
  assert.match(error.message, /"test\.db".*make room/);
});

Deno.test("sqliteError() names a read-only database and refused values", () => {
  const database = new DatabaseSync(":memory:");
  database.exec("PRAGMA foreign_keys = ON; CREATE TABLE t (x INTEGER PRIMARY KEY CHECK (x < 3))");
  database.exec("CREATE TABLE u (y INTEGER REFERENCES t (x))");
  const reasonOf = (sql: string) => errorOf(() => database.exec(sql)).reason;
  assert.equal(reasonOf("INSERT INTO t VALUES (5)"), "database-failed");
  assert.equal(reasonOf("INSERT INTO t VALUES (1), (1)"), "database-failed");
  assert.equal(reasonOf("INSERT INTO u VALUES (1)"), "unknown-client");
  assert.equal(reasonOf("SELECT * FROM nowhere"), "database-failed");
  database.exec("PRAGMA query_only = 1");
  assert.equal(reasonOf("DELETE FROM t"), "database-not-writable");
  database.close();
});

Deno.test("sqliteError() and databaseFileError() return a StorageError as it is", () => {
  const error = new StorageError("disk-full", "The disk is full");
  assert.equal(databaseFileError(error, "write"), error);
  assert.equal(sqliteError(error, "test.db"), error);
});
