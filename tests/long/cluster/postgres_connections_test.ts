/** How a server comes to a PostgreSQL: whom it trusts, what it refuses, and who migrates. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { parseDatabaseAddress } from "../../../server/storage/access/database_address.ts";
import { databaseTimes } from "../../../server/storage/access/database_times.ts";
import { migrate } from "../../../server/storage/postgres/schema/migrate.ts";
import { MIGRATIONS } from "../../../server/storage/postgres/schema/migrations.ts";
import { Session } from "../../../server/storage/postgres/sessions/session.ts";
import { StorageError, type StorageReason } from "../../../server/storage/storage_error.ts";
import { failsWith } from "../../storage/catalog_under_test.ts";
import { temporaryFolder } from "../../peers/temporary_folder.ts";
import { SYSTEM_CLOCK } from "../../../server/system_clock.ts";
import { NO_POOLER, Pooler } from "../../engines/pooler.ts";
import { HAS_POSTGRESQL, NO_POSTGRESQL, Postgresql } from "../../engines/postgresql.ts";
import { openRows } from "./rows.ts";

const engine = HAS_POSTGRESQL ? await Postgresql.start() : undefined;
Deno.test.afterAll(async () => await engine?.[Symbol.asyncDispose]());

function test(
  sentence: string,
  work: (
    engine: Postgresql,
    database: { readonly url: string; readonly name: string },
  ) => Promise<void>,
): void {
  Deno.test({
    name: sentence + NO_POSTGRESQL,
    ignore: engine === undefined,
    fn: async () => {
      assert(engine);
      await using database = await engine.database();
      await work(engine, database);
    },
  });
}

test(
  "A database is spoken to by TLS only if its certificate is for its name",
  async (engine, { name }) => {
    const at = (host: string, user = "with_tls") =>
      `postgres://${user}@${host}:${engine.port}/${name}?sslmode=verify-full`;
    const by = (path: string) => `&sslrootcert=${encodeURIComponent(path)}`;
    await using folder = await temporaryFolder();
    const other = join(folder.path, "other.crt");
    await new Deno.Command("openssl", {
      args: ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        .concat(["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"])
        .concat(["-keyout", join(folder.path, "other.key"), "-out", other]),
      stderr: "null",
    }).output();
    await using rows = await openRows(at("localhost") + by(engine.certificate));
    const sql = engine.connect(name);
    const [row] = await sql`SELECT bool_and(ssl) AS ssl FROM pg_stat_ssl JOIN pg_stat_activity
    USING (pid) WHERE application_name = 'sealpost'`;
    await sql.end();
    assert.deepEqual(row, { ssl: true });
    assert.deepEqual(await rows.catalog.files(), []);
    const untrusted = [
      ...[at("localhost") + by(other), at("localhost")],
      at("127.0.0.1") + by(engine.certificate),
    ];
    for (const url of untrusted) await failsWith(openRows(url), "database-untrusted");
    const missing = at("localhost") + by(join(folder.path, "none.crt"));
    await failsWith(openRows(missing), "database-address");
    const unsafe = at("localhost").replace("verify-full", "disable");
    await failsWith(openRows(unsafe), "database-refused");
  },
);

test("A wrong password is refused, and not repeated", async (engine, { name }) => {
  const url = `postgres://with_password@127.0.0.1:${engine.port}/${name}?sslmode=disable`;
  await using rows = await openRows(url, { password: "sesame" });
  assert.deepEqual(await rows.catalog.files(), []);
  for (const password of ["open sesame", undefined]) {
    const told = await reasonOf(openRows(url, password === undefined ? {} : { password }));
    assert.equal(told.reason, "database-refused");
    assert(!told.message.includes("sesame"), told.message);
  }
});

test(
  "A database that is not there, or not for its user, is refused with the reason",
  async (engine, { url, name }) => {
    const cases: readonly (readonly [string, StorageReason])[] = [
      [url.replace(`/${name}`, "/none"), "database-refused"],
      [url.replace("postgres@", "nobody@"), "database-refused"],
      [url.replace("postgres@", "with_no_rights@"), "database-refused"],
      ["postgres://postgres@127.0.0.1:1/a?sslmode=disable", "database-unreachable"],
    ];
    for (const [address, reason] of cases) await failsWith(openRows(address), reason);
    // Something that answers nothing.
    using mute = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const address = parseDatabaseAddress(
      `postgres://a@127.0.0.1:${mute.addr.port}/a?sslmode=disable`,
    );
    const waiting = Session.open({
      ...{ address, password: undefined, authorities: undefined, clock: SYSTEM_CLOCK },
      times: { ...databaseTimes(), connect: 200 },
      isPooled: false,
    });
    const accepted = await mute.accept();
    await failsWith(waiting, "database-unreachable");
    accepted.close();
    assert(engine);
  },
);

test("Of servers that start at once, one makes the schema", async (engine, { url, name }) => {
  const started = await Promise.all(Array.from({ length: 5 }, () => openRows(url)));
  const sql = engine.connect(name);
  assert.deepEqual([...await sql`SELECT "Version" FROM schema_version`], [{
    Version: MIGRATIONS.length,
  }]);
  await Promise.all(started.map((rows) => rows[Symbol.asyncDispose]()));
  await sql`UPDATE schema_version SET "Version" = 1000`;
  await failsWith(openRows(url), "database-newer");
  await sql.end();
});

test("A step of the schema that fails changes nothing", async (engine, { url, name }) => {
  const options = {
    address: parseDatabaseAddress(url),
    password: undefined,
    authorities: undefined,
    times: databaseTimes(),
    isPooled: false,
  };
  await using session = await Session.open({ ...options, clock: SYSTEM_CLOCK });
  const migrations = ["CREATE TABLE one (ID bytea)", "CREATE TABLE two (ID nonsense)"];
  await assert.rejects(migrate(session, { shown: "it", migrations }), /nonsense/);
  const sql = engine.connect(name);
  const select = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'";
  assert.deepEqual([...await sql.unsafe(select)], []);
  await sql`CREATE TABLE theirs (id int)`;
  await failsWith(openRows(url), "database-foreign");
  await sql.end();
});

Deno.test({
  name: `A pooler that changes sessions is refused, one that keeps them is not${NO_POOLER}`,
  ignore: NO_POOLER !== "",
  fn: async () => {
    assert(engine);
    await using database = await engine.database();
    // As it is installed, it takes nothing at the start that it does not know.
    await using strict = await Pooler.start(engine.port, { mode: "session", ignores: [] });
    await failsWith(openRows(strict.url(database)), "database-pooled");
    for (const mode of ["transaction", "session"] as const) {
      await using pooler = await Pooler.start(engine.port, { mode });
      const url = pooler.url(database);
      if (mode === "transaction") {
        await failsWith(openRows(url), "database-pooled");
      } else {
        await using rows = await openRows(url);
        assert.deepEqual(await rows.catalog.files(), []);
      }
    }
  },
});

async function reasonOf(promise: Promise<unknown>): Promise<StorageError> {
  try {
    await promise;
  } catch (error) {
    assert(error instanceof StorageError, String(error));
    return error;
  }
  return assert.fail("It was not refused");
}
