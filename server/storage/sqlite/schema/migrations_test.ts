import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";

import { StorageError } from "../../storage_error.ts";
import { migrate, MIGRATIONS } from "./migrations.ts";

const path = "test.db";

function withDatabase(work: (database: DatabaseSync) => void): void {
  const database = new DatabaseSync(":memory:");
  try {
    work(database);
  } finally {
    database.close();
  }
}

const version = (database: DatabaseSync): unknown =>
  database.prepare("PRAGMA user_version").get()?.["user_version"];

const tables = (database: DatabaseSync): readonly unknown[] =>
  database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").all()
    .map((row) => row["name"]);

Deno.test("migrate() makes the schema of an empty database, and then has nothing to do", () =>
  withDatabase((database) => {
    migrate(database, { path });
    migrate(database, { path });
    assert.equal(version(database), MIGRATIONS.length);
    assert.deepEqual(
      tables(database).filter((name) => !String(name).startsWith("sqlite_")),
      [
        ...["clients", "content_place", "device_offers", "devices", "entries", "files", "garbage"],
        ...["intents", "invitations", "small_contents", "tokens", "totals", "under_way"],
        ...["unsynced", "upload_pieces", "uploads"],
      ],
    );
  }));

Deno.test("migrate() makes the columns that the course asks for", () =>
  withDatabase((database) => {
    migrate(database, { path });
    const columns = (table: string) =>
      database.prepare(`SELECT name FROM pragma_table_info('${table}')`).all()
        .map((row) => String(row["name"]));
    const clients = columns("clients");
    for (const name of ["ID", "Name", "PublicKey", "LastSeen", "AESKey"]) {
      assert.ok(clients.includes(name), name);
    }
    const files = columns("files");
    for (const name of ["ID", "FileName", "PathName", "Verified"]) {
      assert.ok(files.includes(name), name);
    }
  }));

Deno.test("migrate() runs the steps that are missing, and only these, in order", () =>
  withDatabase((database) => {
    const [first, second] = ["CREATE TABLE a (x)", "ALTER TABLE a RENAME TO b"] as const;
    migrate(database, { path, migrations: [first] });
    migrate(database, { path, migrations: [first, second] });
    assert.deepEqual(tables(database), ["b"]);
    assert.equal(version(database), 2);
  }));

Deno.test("migrate() changes nothing when a step fails", () =>
  withDatabase((database) => {
    const migrations = ["CREATE TABLE a (x)", "CREATE TABLE b (x); CREATE TABLE a (x)"];
    assert.throws(() => migrate(database, { path, migrations }), /already exists/);
    assert.deepEqual(tables(database), []);
    assert.equal(version(database), 0);
  }));

Deno.test("migrate() refuses a newer database and says what to do", () =>
  withDatabase((database) => {
    database.exec(`PRAGMA user_version = ${MIGRATIONS.length + 1}`);
    assert.throws(
      () => migrate(database, { path }),
      (error) =>
        error instanceof StorageError && error.reason === "database-newer" &&
        /"test\.db".*run the Sealpost that made it.*--database/.test(error.message),
    );
    assert.equal(version(database), MIGRATIONS.length + 1);
  }));

Deno.test("migrate() refuses a database of another program, and leaves it as it is", () => {
  for (const other of ["CREATE TABLE clients (ID)", "PRAGMA user_version = -3"]) {
    withDatabase((database) => {
      database.exec(other);
      const before = tables(database);
      assert.throws(
        () => migrate(database, { path }),
        (error) => error instanceof StorageError && error.reason === "database-foreign",
      );
      assert.deepEqual(tables(database), before);
    });
  }
});

Deno.test("migrate() gives old files the keys of their names, equal ones too", () =>
  withDatabase((database) => {
    migrate(database, { path, migrations: MIGRATIONS.slice(0, 2) });
    const id = "x'00112233445566778899aabbccddeeff'";
    database.exec(`INSERT INTO clients VALUES (${id}, 'Alice', NULL, '', NULL, '2024a')`);
    const names = ["Report.pdf", "report.pdf", "re%CC%81sume%CC%81.txt", "a%3Ab"];
    for (const name of names) {
      database.exec(
        `INSERT INTO files VALUES (${id}, '${name}', 'p/${name}', '${name}', 1, 0, 0, '')`,
      );
    }
    migrate(database, { path });
    const rows = database.prepare("SELECT FileName, NameKey FROM files ORDER BY rowid").all();
    assert.deepEqual(rows.map((row) => row["FileName"]), names);
    assert.deepEqual(rows.map((row) => row["NameKey"]), [
      "report.pdf",
      "report.pdf",
      "résumé.txt",
      "a%3Ab",
    ]);
  }));

Deno.test("migrate() treats old intents as those of verified files", () =>
  withDatabase((database) => {
    migrate(database, { path, migrations: MIGRATIONS.slice(0, 4) });
    const id = "x'00112233445566778899aabbccddeeff'";
    database.exec(
      `INSERT INTO clients (ID, Name, LastSeen, Revision) VALUES (${id}, 'A', '', '2024a');
      INSERT INTO intents (Staged, ID, FileName, PathName, FoldedPath, Size, Checksum)
      VALUES ('s', ${id}, 'a', 'a', 'A', 1, 2)`,
    );
    migrate(database, { path });
    assert.equal(database.prepare("SELECT Verified FROM intents").get()?.["Verified"], 1);
  }));

Deno.test("migrate() counts what an older version has, and triggers count whatever changes", () =>
  withDatabase((database) => {
    migrate(database, { path, migrations: MIGRATIONS.slice(0, 3) });
    const id = (n: number) => `x'${`${n}`.repeat(32)}'`;
    for (const n of [1, 2, 3]) {
      database.exec(
        `INSERT INTO clients (ID, Name, LastSeen, Revision) VALUES (${id(n)}, '${n}', '', '2024a')`,
      );
    }
    const add = (n: number, name: string, size: number) =>
      database.exec(
        "INSERT INTO files " +
          "(ID, FileName, PathName, FoldedPath, Verified, Size, Checksum, StoredAt)" +
          ` VALUES (${id(n)}, '${name}', '', '${name}', 1, ${size}, 0, '')`,
      );
    add(1, "a", 5);
    add(1, "b", 7);
    add(2, "a", 11);
    migrate(database, { path });
    const counts = () =>
      database.prepare("SELECT Files, Bytes FROM clients UNION ALL SELECT Files, Bytes FROM totals")
        .all().map((row) => [row["Files"], row["Bytes"]]);
    assert.deepEqual(counts(), [[2, 12], [1, 11], [0, 0], [3, 23]]);
    add(3, "c", 2);
    database.exec(`UPDATE files SET Size = 6 WHERE FileName = 'b'`);
    database.exec(`UPDATE files SET ID = ${id(3)} WHERE ID = ${id(2)}`);
    assert.deepEqual(counts(), [[2, 11], [0, 0], [2, 13], [4, 24]]);
    database.exec(`DELETE FROM files WHERE ID = ${id(1)}`);
    assert.deepEqual(counts(), [[0, 0], [0, 0], [2, 13], [2, 13]]);
  }));

Deno.test("migrate() keeps clients of protocol 3 as such, and counts what trees have beside", () =>
  withDatabase((database) => {
    migrate(database, { path, migrations: MIGRATIONS.slice(0, 5) });
    const id = `x'${"1".repeat(32)}'`;
    database.exec(
      `INSERT INTO clients (ID, Name, LastSeen, Revision) VALUES (${id}, 'a', '', '2024a');` +
        "INSERT INTO files " +
        "(ID, FileName, PathName, FoldedPath, Verified, Size, Checksum, StoredAt)" +
        ` VALUES (${id}, 'a', '', 'a', 1, 5, 0, '')`,
    );
    migrate(database, { path });
    const row = () =>
      Object.values(
        database.prepare(
          "SELECT Protocol, clients.Files, clients.Bytes, totals.Files AS F, totals.Bytes AS B" +
            " FROM clients, totals",
        ).get() ?? {},
      );
    assert.deepEqual(row(), [3, 1, 5, 1, 5]);
    database.exec(
      "INSERT INTO entries " +
        "(ID, Parent, Name, NameKey, Kind, Size, Tree, Contents, Version, StoredAt)" +
        ` VALUES (${id}, 0, 'b', 'b', 1, 7, zeroblob(32), 'r1', 1, '')`,
    );
    database.exec(
      "INSERT INTO uploads (UploadID, ID, Path, PathKey, Contents, Run, CreatedAt, Expires)" +
        ` VALUES ('u', ${id}, 'c', 'c', 'k', 1, '', '')`,
    );
    database.exec("UPDATE uploads SET Offset = 100");
    assert.deepEqual(row(), [3, 2, 112, 2, 112]);
    database.exec(
      "UPDATE entries SET Kind = 3, Size = NULL, Tree = NULL, Contents = NULL, Target = 'x'",
    );
    assert.deepEqual(row(), [3, 2, 105, 2, 105]);
    database.exec("UPDATE uploads SET Contents = NULL, Version = 1");
    assert.deepEqual(row(), [3, 2, 5, 2, 5]);
    database.exec("DELETE FROM uploads; DELETE FROM entries");
    assert.deepEqual(row(), [3, 1, 5, 1, 5]);
  }));
