/** What clients of a PostgreSQL have is counted once for each statement. */

import assert from "node:assert/strict";

import { parseDatabaseAddress } from "../../../server/storage/access/database_address.ts";
import { databaseTimes } from "../../../server/storage/access/database_times.ts";
import { migrate } from "../../../server/storage/postgres/schema/migrate.ts";
import { MIGRATIONS } from "../../../server/storage/postgres/schema/migrations.ts";
import { Session } from "../../../server/storage/postgres/sessions/session.ts";
import { SYSTEM_CLOCK } from "../../../server/system_clock.ts";
import { missingEngine } from "../../engines/missing_engine.ts";
import { HAS_POSTGRESQL, NO_POSTGRESQL, Postgresql } from "../../engines/postgresql.ts";
import { openRows } from "./rows.ts";

/** The version of the schema that counted each row. */
const BEFORE = 2;

/** Two clients, as SQL has their ids. */
const [ONE, OTHER] = [1, 2].map((id) => `'\\x${`0${id}`.repeat(16)}'::bytea`);

/** SQL that adds so many files of so many bytes to a client. */
function filesOf(client: string | undefined, { from = 1, count = 1, size = 10 } = {}): string {
  return 'INSERT INTO files ("ID", "FileName", "NameKey", "PathName", "FoldedPath", "Verified",' +
    ` "Size", "Checksum", "StoredAt") SELECT ${client}, name, name, name, name, 1, ${size}, 2,` +
    ` '2026' FROM ${names(from, count)}`;
}

/** SQL that adds uploads under way with so many bytes each. */
function uploadsOf(client: string | undefined, { from = 1, count = 1, offset = 5 } = {}): string {
  return 'INSERT INTO uploads ("UploadID", "ID", "Path", "PathKey", "Contents", "Offset", "Run",' +
    ` "CreatedAt", "Expires") SELECT name, ${client}, name, name, name, ${offset}, 1, '', '9'` +
    ` FROM ${names(from, count)}`;
}

/** So many names, which are numbers. */
function names(from: number, count: number): string {
  return `(SELECT n::text AS name FROM generate_series(${from}, ${
    from + count - 1
  }) AS n) AS names`;
}

const COMMITS = `UPDATE uploads SET "Version" = 7, "Contents" = NULL WHERE "ID" = ${ONE}`;

/** A database with two clients, and a connection to it, whose schema has so many steps. */
async function withClients(
  engine: Postgresql,
  resources: AsyncDisposableStack,
  steps = MIGRATIONS.length,
) {
  const { url, name } = resources.use(await engine.database());
  {
    await using session = await Session.open({
      ...{ address: parseDatabaseAddress(url), times: databaseTimes(), clock: SYSTEM_CLOCK },
      ...{ password: undefined, authorities: undefined, isPooled: false },
    });
    await migrate(session, { shown: "it", migrations: MIGRATIONS.slice(0, steps) });
  }
  const sql = engine.connect(name);
  resources.defer(() => sql.end());
  for (const id of [ONE, OTHER]) {
    await sql.unsafe(
      'INSERT INTO clients ("ID", "Name", "LastSeen", "Revision")' +
        ` VALUES (${id}, encode(${id}, 'hex'), '2026', '4')`,
    );
  }
  /** Files, bytes and remembered uploads of both, and files and bytes of all. */
  const counted = async () => {
    const own = 'SELECT "Files", "Bytes", "Remembered" FROM clients ORDER BY "ID"';
    const all = 'SELECT sum("Files") AS files, sum("Bytes") AS bytes FROM totals';
    const [one, other, sum] = [...await sql.unsafe(own), ...await sql.unsafe(all)]
      .map((row) => Object.values(row).map(Number));
    return { one, other, sum };
  };
  return { url, sql, counted };
}

/** Does what changes counters in all ways, and checks each. */
async function change({ sql, counted }: Awaited<ReturnType<typeof withClients>>) {
  const expect = async (
    statement: string,
    [one, other, sum]: readonly (readonly number[])[],
  ): Promise<void> => {
    await sql.unsafe(statement);
    assert.deepEqual(await counted(), { one, other, sum }, statement);
  };
  const all = `${
    filesOf(ONE, { count: 3 })
  } UNION ALL SELECT ${OTHER}, 'x', 'x', 'x', 'x', 1, 7, 2,`;
  await expect(`${all} '2026'`, [[3, 30, 0], [1, 7, 0], [4, 37]]);
  const twice = `${filesOf(ONE, { from: 3, count: 2, size: 20 })} ON CONFLICT ("ID", "FileName")`;
  // One of them is there: it is changed.
  await expect(
    `${twice} DO UPDATE SET "Size" = excluded."Size"`,
    [[4, 60, 0], [1, 7, 0], [5, 67]],
  );
  await expect(`${twice} DO NOTHING`, [[4, 60, 0], [1, 7, 0], [5, 67]]);
  await expect('UPDATE files SET "Size" = "Size" + 1', [[4, 64, 0], [1, 8, 0], [5, 72]]);
  await expect('UPDATE files SET "Checksum" = 3', [[4, 64, 0], [1, 8, 0], [5, 72]]);
  await expect('DELETE FROM files WHERE "Size" < 15', [[2, 42, 0], [0, 0, 0], [2, 42]]);
  await expect('DELETE FROM files WHERE "Size" < 15', [[2, 42, 0], [0, 0, 0], [2, 42]]);
  await expect(uploadsOf(ONE, { count: 2 }), [[2, 52, 0], [0, 0, 0], [2, 52]]);
  await expect('UPDATE uploads SET "Offset" = 8', [[2, 58, 0], [0, 0, 0], [2, 58]]);
  await expect(uploadsOf(OTHER, { from: 3 }), [[2, 58, 0], [0, 5, 0], [2, 63]]);
  await expect(COMMITS, [[2, 42, 2], [0, 5, 0], [2, 47]]);
  await expect("DELETE FROM uploads", [[2, 42, 0], [0, 0, 0], [2, 42]]);
  const folder = 'INSERT INTO entries ("ID", "Parent", "Name", "NameKey", "Kind", "Version",' +
    ` "StoredAt") VALUES (${OTHER}, 0, 'a', 'a', 2, 1, '2026')`;
  await expect(folder, [[2, 42, 0], [1, 0, 0], [3, 42]]);
  await expect("UPDATE entries SET \"Name\" = 'b'", [[2, 42, 0], [1, 0, 0], [3, 42]]);
  await expect("DELETE FROM entries; DELETE FROM files", [[0, 0, 0], [0, 0, 0], [0, 0]]);
}

if (HAS_POSTGRESQL) {
  const engine = await Postgresql.start();
  Deno.test.afterAll(async () => await engine[Symbol.asyncDispose]());

  Deno.test("Counters of a PostgreSQL are right after statements of any kind", async () => {
    await using resources = new AsyncDisposableStack();
    await change(await withClients(engine, resources));
  });

  Deno.test("A statement with many rows changes each counter once", async () => {
    await using resources = new AsyncDisposableStack();
    const { sql, counted } = await withClients(engine, resources);
    const count = 2_000;
    // Those that this session has not told others yet are among them.
    const changes = async () => {
      const rows = await sql`SELECT n_tup_upd::int AS changed FROM pg_stat_xact_user_tables
        WHERE relname IN ('clients', 'totals') ORDER BY relname`;
      return rows.map(({ changed }) => Number(changed));
    };
    for (const statement of [filesOf(ONE, { count }), uploadsOf(ONE, { count }), COMMITS]) {
      await sql.unsafe("BEGIN");
      const [clients = 0, totals = 0] = await changes();
      await sql.unsafe(statement);
      assert.deepEqual(await changes(), [clients + 1, totals + 1], statement);
      await sql.unsafe("COMMIT");
    }
    assert.deepEqual((await counted()).one, [count, 10 * count, count]);
  });

  Deno.test("A database that counted each row goes on with what it counted", async () => {
    await using resources = new AsyncDisposableStack();
    const { url, sql, counted } = await withClients(engine, resources, BEFORE);
    await sql.unsafe(`${filesOf(ONE, { count: 3 })}; ${uploadsOf(ONE, { count: 2 })}`);
    await sql.unsafe(`${COMMITS}; ${uploadsOf(ONE, { from: 3 })}`);
    const before = await counted();
    assert.deepEqual(before, { one: [3, 35, 2], other: [0, 0, 0], sum: [3, 35] });
    {
      await using rows = await openRows(url);
      assert.equal((await rows.catalog.files()).length, 3);
    }
    assert.deepEqual(await counted(), before);
    await sql.unsafe("DELETE FROM uploads; DELETE FROM files");
    assert.deepEqual(await counted(), { one: [0, 0, 0], other: [0, 0, 0], sum: [0, 0] });
    await change({ url, sql, counted });
  });
} else {
  missingEngine(`What a PostgreSQL has is counted${NO_POSTGRESQL}`);
}
