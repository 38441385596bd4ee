import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { transaction } from "./migrations.ts";

function withTable(work: (database: DatabaseSync) => void): void {
  const database = new DatabaseSync(":memory:");
  try {
    database.exec("CREATE TABLE t (x INTEGER PRIMARY KEY)");
    work(database);
  } finally {
    database.close();
  }
}

const count = (database: DatabaseSync): unknown =>
  database.prepare("SELECT count(*) AS count FROM t").get()?.["count"];

Deno.test("transaction() keeps what the work did and returns its result", () =>
  withTable((database) => {
    const result = transaction(database, () => {
      database.exec("INSERT INTO t VALUES (1)");
      return "done";
    });
    assert.equal(result, "done");
    assert.equal(count(database), 1);
  }));

Deno.test("transaction() undoes everything when the work throws, and passes the error on", () =>
  withTable((database) => {
    const error = new Error("Stop");
    assert.throws(() =>
      transaction(database, () => {
        database.exec("INSERT INTO t VALUES (1)");
        throw error;
      }), error);
    assert.equal(count(database), 0);
    transaction(database, () => database.exec("INSERT INTO t VALUES (2)"));
    assert.equal(count(database), 1);
  }));

Deno.test("transaction() passes SQLite's own error on where SQLite has rolled back already", () =>
  withTable((database) => {
    database.exec("INSERT INTO t VALUES (1)");
    assert.throws(
      () => transaction(database, () => database.exec("INSERT OR ROLLBACK INTO t VALUES (2), (1)")),
      /UNIQUE constraint failed/,
    );
    assert.equal(count(database), 1);
  }));
