/** Servers whose transactions go by way of a pooler that gives each of them another session. */

import assert from "node:assert/strict";
import { join } from "node:path";

import { readAccess } from "../../../server/storage/access/database_access.ts";
import { ALICE, BOB, failsWith, version } from "../../storage/catalog_under_test.ts";
import { databaseTimes } from "../../../server/storage/access/database_times.ts";
import { newKey } from "../../../server/storage/keyed/keyed_new_contents.ts";
import { get } from "../../../server/storage/sql/work.ts";
import type { JsonDoctor } from "../../../server/upkeep/doctor/run_doctor.ts";
import { makeFile } from "../../end_to_end/fixtures/client_folder.ts";
import { runClient } from "../../end_to_end/fixtures/in_process.ts";
import { DidNotStart } from "../../end_to_end/fixtures/running_server.ts";
import { missingEngine } from "../../engines/missing_engine.ts";
import { NO_POOLER, Pooler } from "../../engines/pooler.ts";
import { HAS_BOTH, NOT_BOTH, SharedEngines } from "../../engines/shared_servers.ts";
import { ran } from "../../upkeep/ran.ts";
import { openRows } from "./rows.ts";

if (HAS_BOTH && NO_POOLER === "") {
  const engines = await SharedEngines.start();
  const { postgresql } = engines;
  Deno.test.afterAll(() => engines[Symbol.asyncDispose]());

  /** A pooler as it is installed: it takes no settings of a session. */
  const startPooler = () => Pooler.start(postgresql.port, { mode: "transaction", ignores: [] });

  Deno.test("Two servers behind a pooler serve, and hold their numbers past it", async () => {
    await using place = await engines.place();
    await using pooler = await startPooler();
    const { database, sql, bucket, folder, keys } = place;
    const flags = ["--database", pooler.url(database), "--database-direct", database.url];
    await using one = await place.server("one", flags);
    await using other = await place.server("other", flags);
    const [config, home] = [join(folder, "config"), join(folder, "home")];
    await Promise.all([Deno.mkdir(config), Deno.mkdir(home)]);
    const files = await Promise.all([
      makeFile(folder, { name: "small.bin", size: 1_000 }),
      makeFile(folder, { name: "large.bin", size: 9 * 1024 ** 2 }),
    ]);
    const paths = files.map(({ path }) => path);
    const client = async (...words: readonly string[]) => {
      const ended = await runClient([...words, "--dir", config]);
      assert.equal(ended.code, 0, ended.stderr);
    };
    await client("login", await one.printed(/^sealpost:/), "--name", "maya");
    await client("send", ...paths);
    const atOther = await other.printed(/^sealpost:/);
    await client("login", atOther, "--name", "maya");
    for (const { name, content } of files) {
      const target = join(folder, `fetched-${name}`);
      await client("get", name, "-o", target, "--server", new URL(atOther).host);
      assert.deepEqual(await Deno.readFile(target), content);
    }
    const old = ["--name", "Old", "--dir", home];
    const three = await runClient(["--server", one.address, ...old, ...paths]);
    assert.equal(three.code, 0, three.stderr);

    // Each server has one session that is its own: that of its sign of life.
    const held = await sql`SELECT pid FROM pg_locks JOIN pg_database ON pg_database.oid = database
      WHERE locktype = 'advisory' AND classid = 24226 AND datname = current_database()`;
    assert.equal(held.length, 2);

    const storage = [...flags, "--store", bucket.text];
    const checked = await ran("check", storage, { env: keys });
    assert.equal(checked.code, 0, checked.err + checked.out);
    const examined = await ran("doctor", ["--json", "--data", folder, ...storage], { env: keys });
    const { checks }: JsonDoctor = JSON.parse(examined.out);
    const finding = checks.find(({ check }) => check === "pooler");
    assert.deepEqual(finding?.status, "ok", JSON.stringify(checks));
    for (const server of [one, other]) {
      const { code, stderr } = await server.stop();
      assert.equal(code, 0, stderr);
      assert.doesNotMatch(stderr, / (error|warn) /);
    }
  });

  Deno.test("What is set for a transaction holds behind a pooler", async () => {
    await using database = await postgresql.database();
    await using pooler = await startPooler();
    const sql = postgresql.connect(database.name);
    await sql.unsafe(`ALTER DATABASE ${database.name} SET synchronous_commit = 'off'`);
    const access = readAccess({
      database: pooler.url(database),
      ...{ databaseDirect: database.url, databaseTimeout: 12_000 },
    });
    {
      await using rows = await openRows(database.url, access);
      const { catalog, contentRows, versions } = rows;
      await catalog.register({ id: ALICE, name: "Alice", revision: "2024a" });
      const location = newKey();
      await contentRows.begin(location);
      await versions.recordKeyed(version({ location }));
      const shown = async (option: string) => {
        const row = await rows.database.write(function* () {
          return yield* get<{ readonly Value: string }>(
            `SELECT current_setting('${option}') AS Value`,
          );
        }, { of: [] });
        return row?.Value;
      };
      assert.equal(await shown("synchronous_commit"), "on");
      assert.equal(await shown("statement_timeout"), "5s");
      // A work that waits for a lock is ended by the database, within its time.
      await sql`BEGIN`;
      await sql`LOCK TABLE clients`;
      const waiting = catalog.register({ id: BOB, name: "Bob", revision: "2024a" });
      await failsWith(waiting, "database-busy");
      await sql`ROLLBACK`;
      assert.equal((await catalog.file(ALICE, "a.txt"))?.location, location);
    }
    await sql.end();
  });

  Deno.test("A server whose pooler ends writes nothing, and keeps its number", async () => {
    await using database = await postgresql.database();
    const pooler = await startPooler();
    await using rows = await openRows(database.url, {
      ...readAccess({ database: pooler.url(database), databaseDirect: database.url }),
      times: databaseTimes(2_000),
    });
    const { catalog, run } = rows;
    const number = run();
    await catalog.register({ id: ALICE, name: "Alice", revision: "2024a" });
    await pooler[Symbol.asyncDispose]();
    const keys = { id: ALICE, aesKey: new Uint8Array(16) };
    await failsWith(catalog.keepKeys(keys), "database-unreachable");
    assert.equal(run(), number);
    const sql = postgresql.connect(database.name);
    const held = await sql`SELECT 1 FROM pg_locks JOIN pg_database ON pg_database.oid = database
      WHERE locktype = 'advisory' AND classid = 24226 AND objid = ${number}
      AND datname = current_database()`;
    await sql.end();
    assert.equal(held.length, 1);
  });

  Deno.test("A server says what is wrong with the ways to its database", async () => {
    await using place = await engines.place();
    await using pooler = await startPooler();
    const { database } = place;
    await using another = await postgresql.database();
    const through = pooler.url(database);
    const cases: readonly (readonly [readonly string[], RegExp])[] = [
      [["--database", through], /is a pooler .* with --database-direct/],
      [["--database", through, "--database-direct", through], /is a pooler /],
      [["--database", through, "--database-direct", another.url], /are two databases: name/],
      [["--database", through, "--database-direct", "nothing"], /Expected the address/],
    ];
    for (const [flags, expected] of cases) {
      const [started] = await Promise.allSettled([place.server("one", flags)]);
      if (started.status === "fulfilled") {
        await started.value.stop();
        assert.fail("It has started");
      }
      assert(started.reason instanceof DidNotStart, `${started.reason}`);
      assert.match(started.reason.ended.stderr, expected);
    }
  });
} else {
  missingEngine(`Servers share a pooler${NO_POOLER || NOT_BOTH}`);
}
