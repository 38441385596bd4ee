/** What servers of one PostgreSQL do when connections, or their signs of life, are lost. */

import assert from "node:assert/strict";
import type postgres from "postgres";

import { newKey } from "../../../server/storage/keyed/keyed_new_contents.ts";
import { StorageError } from "../../../server/storage/storage_error.ts";
import { ALICE, BOB, failsWith, version } from "../../storage/catalog_under_test.ts";
import { CuttingProxy } from "../../engines/cutting_proxy.ts";
import { HAS_POSTGRESQL, NO_POSTGRESQL, Postgresql } from "../../engines/postgresql.ts";
import { openRows, type PostgresRows, withRetryTime } from "./rows.ts";
import { until } from "./until.ts";

const engine = HAS_POSTGRESQL ? await Postgresql.start() : undefined;
Deno.test.afterAll(async () => await engine?.[Symbol.asyncDispose]());

/** What a test has: an empty database, servers of it, and a connection to look at it. */
interface Cluster {
  readonly url: string;
  readonly sql: postgres.Sql;
  readonly server: (options?: Parameters<typeof openRows>[1]) => Promise<PostgresRows>;
}

function test(sentence: string, work: (cluster: Cluster) => Promise<void>): void {
  Deno.test({
    name: sentence + NO_POSTGRESQL,
    ignore: engine === undefined,
    fn: async () => {
      assert(engine);
      await using resources = new AsyncDisposableStack();
      const { name, url } = resources.use(await engine.database());
      const sql = engine.connect(name);
      resources.defer(() => sql.end());
      await work({
        url,
        sql,
        server: async (options) => resources.use(await openRows(url, options)),
      });
    },
  });
}

test("A commit whose answer is lost is looked up, and is done once", async ({ url, sql }) => {
  for (const [cut, id] of [["answer", ALICE], ["commit", BOB]] as const) {
    await using through = await throughProxy(url);
    const { rows, proxy } = through;
    proxy.cut = cut;
    // Done twice, its name would be taken.
    assert.equal(await rows.catalog.register({ id, name: cut, revision: "2024a" }), "registered");
    await proxy.whenCut.promise;
    assert.equal((await sql`SELECT 1 FROM clients WHERE "Name" = ${cut}`).length, 1);
  }
});

test("Contents of a commit that cannot be looked up stay", async ({ url, sql }) => {
  await using through = await throughProxy(url, undefined, { times: withRetryTime(2_000) });
  const { rows, proxy } = through;
  await rows.catalog.register({ id: ALICE, name: "Alice", revision: "2024a" });
  const location = newKey();
  await rows.contentRows.begin(location);
  await dropWriter(sql);
  proxy.cut = "everything";
  const recording = rows.versions.recordKeyed(version({ location }));
  await failsWith(recording, "outcome-unknown");
  proxy.isOpen = true;
  // As who uploaded it does then.
  await rows.contentRows.abandon(location);
  assert.equal((await rows.catalog.file(ALICE, "a.txt"))?.location, location);
  assert.deepEqual(await rows.contentRows.garbage(-60_000, 10), []);
});

test("A server whose sign of life ends goes on under another number", async (cluster) => {
  const { sql, server } = cluster;
  const losses: string[] = [];
  const [one, other] = [
    await server({ onLost: ({ reason }) => losses.push(reason) }),
    await server(),
  ];
  await one.catalog.register({ id: ALICE, name: "Alice", revision: "2024a" });
  const location = newKey();
  await one.contentRows.begin(location);
  const [before] = await numbers(sql);
  await sql`SELECT pg_terminate_backend(pid) FROM pg_locks
    WHERE locktype = 'advisory' AND classid = 24226 AND objid = ${before ?? 0}`;
  await until(async () => !(await numbers(sql)).includes(before ?? 0));
  await until(async () => (await numbers(sql)).length === 2);
  assert.equal(await other.contentRows.abandonEarlier(100), 0);
  await one.versions.recordKeyed(version({ location }));
  assert.deepEqual(losses, ["database-unreachable"]);
  assert.deepEqual(await other.contentRows.garbage(-60_000, 10), []);
  assert.equal((await other.catalog.file(ALICE, "a.txt"))?.location, location);
  assert.equal((await numbers(sql)).length, 2);
});

test("A server without a sign of life confirms nothing", async (cluster) => {
  const { sql, url, server } = cluster;
  const one = await server({ times: withRetryTime(300) });
  await one.catalog.register({ id: ALICE, name: "Alice", revision: "2024a" });
  const name = new URL(url).pathname.slice(1);
  assert.equal((await numbers(sql)).length, 1);
  assert(engine);
  const admin = engine.connect("postgres");
  // Connections that stand stay; no other one is let in.
  await admin.unsafe(`ALTER DATABASE ${name} ALLOW_CONNECTIONS false`);
  await sql`SELECT pg_terminate_backend(pid) FROM pg_locks
    WHERE locktype = 'advisory' AND classid = 24226`;
  await until(async () => (await numbers(sql)).length === 0);
  const keys = { id: ALICE, aesKey: new Uint8Array(16) };
  await until(() =>
    one.catalog.keepKeys(keys).then(() => false, (error) => {
      assert(error instanceof StorageError && error.reason === "database-unreachable", error);
      return true;
    })
  );
  await admin.unsafe(`ALTER DATABASE ${name} ALLOW_CONNECTIONS true`);
  await admin.end();
  await until(() => one.catalog.keepKeys(keys).then(() => true, () => false));
});

test("A living server's contents are not swept, those of one that ended are", async (cluster) => {
  const { server } = cluster;
  const [one, other] = [await server(), await server()];
  const [left, own] = [newKey(), newKey()];
  await one.contentRows.begin(left);
  await other.contentRows.begin(own);
  assert.equal(await other.contentRows.abandonEarlier(100), 0);
  await one[Symbol.asyncDispose]();
  assert.equal(await other.contentRows.abandonEarlier(100), 1);
  assert.deepEqual((await other.contentRows.garbage(-60_000, 10)).map(({ key }) => key), [left]);
});

test("Of a recording held open and a sweep, the first gets the contents", async (cluster) => {
  const { sql, server } = cluster;
  const [one, other] = [await server(), await server()];
  await one.catalog.register({ id: ALICE, name: "Alice", revision: "2024a" });
  const location = newKey();
  await one.contentRows.begin(location);
  await sql`UPDATE under_way SET "Run" = 0`;
  await sql`BEGIN`;
  await sql`SELECT 1 FROM clients FOR UPDATE`;
  const recording = one.versions.recordKeyed(version({ location }));
  const waiting = async () => {
    const [row] = await sql`SELECT count(*)::int AS n FROM pg_locks WHERE NOT granted`;
    return row?.["n"] as number;
  };
  await until(async () => await waiting() === 1);
  const sweeping = other.contentRows.abandonEarlier(100);
  await until(async () => await waiting() === 2);
  await sql`COMMIT`;
  await recording;
  await sweeping;
  assert.deepEqual(await other.contentRows.garbage(-60_000, 10), []);
  assert.equal((await other.catalog.file(ALICE, "a.txt"))?.location, location);
});

test("Two servers that record versions of the same files leave each once", async (cluster) => {
  const servers = [await cluster.server(), await cluster.server()];
  const clients = [ALICE, BOB];
  const [first] = servers;
  assert(first);
  await first.catalog.register({ id: ALICE, name: "Alice", revision: "2024a" });
  await first.catalog.register({ id: BOB, name: "Bob", revision: "2024a" });
  const VERSIONS = 15;
  const FILES = 10;
  await Promise.all(servers.map(async (server) => {
    for (let n = 0; n < VERSIONS; n++) {
      await Promise.all(
        clients.flatMap((clientId) =>
          Array.from({ length: FILES }, async (_, file) => {
            const location = newKey();
            await server.contentRows.begin(location);
            const fileName = `${n % 2 === 0 ? "a" : "A"}${file}.txt`;
            await server.versions.recordKeyed(version({ clientId, fileName, location, size: n }));
          })
        ),
      );
    }
  }));
  const files = await first.catalog.files();
  assert.equal(files.length, clients.length * FILES);
  const replaced = servers.length * VERSIONS * files.length - files.length;
  const garbage = await first.contentRows.garbage(-60_000, 10_000);
  assert.equal(new Set(garbage.map(({ key }) => key)).size, replaced);
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  assert.deepEqual((await first.catalog.usage(ALICE)).all, { files: files.length, bytes });
});

/** The numbers that servers hold. */
async function numbers(sql: postgres.Sql): Promise<readonly number[]> {
  const rows = await sql`SELECT objid::int AS number FROM pg_locks
    WHERE locktype = 'advisory' AND classid = 24226 ORDER BY 1`;
  return rows.map((row) => row["number"] as number);
}

/** Ends the connection over which a server writes, so that its next commit is a first one. */
async function dropWriter(sql: postgres.Sql): Promise<void> {
  await sql`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE application_name = 'sealpost' AND query LIKE 'COMMIT%'`;
}

async function throughProxy(
  url: string,
  known?: CuttingProxy,
  options: Parameters<typeof openRows>[1] = {},
) {
  const { port } = new URL(url.replace("postgres:", "http:"));
  const proxy = known ?? new CuttingProxy(Number(port));
  const rows = await openRows(url.replace(`:${port}/`, `:${proxy.port}/`), options);
  return {
    rows,
    proxy,
    async [Symbol.asyncDispose]() {
      await rows[Symbol.asyncDispose]();
      if (known === undefined) await proxy[Symbol.asyncDispose]();
    },
  };
}
