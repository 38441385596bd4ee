import assert from "node:assert/strict";
import { StorageError } from "../storage_error.ts";
import { parseDatabaseAddress, shownAddress } from "./database_address.ts";

Deno.test("parseDatabaseAddress() reads an address, and checks its server unless told", () => {
  assert.deepEqual(parseDatabaseAddress("postgres://maya@db.example/files"), {
    ...{ host: "db.example", port: 5432, database: "files", user: "maya", tls: "verify-full" },
  });
  const full = "postgresql://m%40a@[::1]:6432/a?sslmode=verify-full&sslrootcert=/etc/ca.pem";
  const parsed = parseDatabaseAddress(full);
  assert.deepEqual(parsed, {
    ...{ host: "::1", port: 6432, database: "a", user: "m@a", tls: "verify-full" },
    authorities: "/etc/ca.pem",
  });
  assert.equal(shownAddress(parsed), "postgres://[::1]:6432/a");
  for (const host of ["127.0.0.1", "127.9.9.9", "localhost", "[::1]"]) {
    assert.equal(parseDatabaseAddress(`postgres://a@${host}/a?sslmode=disable`).tls, "disable");
  }
});

Deno.test("parseDatabaseAddress() refuses what is weak or unknown, and repeats no password", () => {
  const refused = [
    ...["postgres://a@db/a?sslmode=disable", "postgres://a@127.0.0.1.example/a?sslmode=disable"],
    ...["allow", "prefer", "require", "verify-ca", "no-verify", ""].map((mode) =>
      `postgres://a@127.0.0.1/a?sslmode=${mode}`
    ),
    ...["postgres://a@db", "postgres://db/a", "postgres://a@db/a/b", "postgres://", "files.db"],
    ...["postgres://a@db/a?host=other", "postgres://a:sesame@db/a"],
  ];
  for (const text of refused) {
    assert.throws(() => parseDatabaseAddress(text), (error) => {
      assert(error instanceof StorageError && error.reason === "database-address", text);
      return !error.message.includes("sesame");
    });
  }
});
