/** Sessions of a PostgreSQL that end, are silent, or begin otherwise than a server needs them. */

import assert from "node:assert/strict";
import type postgres from "postgres";

import { parseDatabaseAddress } from "../../../server/storage/access/database_address.ts";
import { databaseTimes } from "../../../server/storage/access/database_times.ts";
import { newKey } from "../../../server/storage/keyed/keyed_new_contents.ts";
import { LastingSession } from "../../../server/storage/postgres/sessions/lasting_session.ts";
import { Session, type SessionOptions } from "../../../server/storage/postgres/sessions/session.ts";
import { get, ofClient } from "../../../server/storage/sql/work.ts";
import { StorageError } from "../../../server/storage/storage_error.ts";
import { ALICE, failsWith, version } from "../../storage/catalog_under_test.ts";
import { SYSTEM_CLOCK } from "../../../server/system_clock.ts";
import { MutedProxy } from "../../engines/muted_proxy.ts";
import { HAS_POSTGRESQL, NO_POSTGRESQL, Postgresql } from "../../engines/postgresql.ts";
import { openRows, withRetryTime } from "./rows.ts";
import { until } from "./until.ts";

const engine = HAS_POSTGRESQL ? await Postgresql.start() : undefined;
Deno.test.afterAll(async () => await engine?.[Symbol.asyncDispose]());

/** What a test has: an empty database, and a connection to look at it. */
interface Tested {
  readonly url: string;
  readonly name: string;
  readonly sql: postgres.Sql;
  /** Opens a server's part of the storage. */
  readonly server: (
    options?: Parameters<typeof openRows>[1],
  ) => ReturnType<typeof openRows>;
}

function test(sentence: string, work: (tested: Tested) => Promise<void>): void {
  Deno.test({
    name: sentence + NO_POSTGRESQL,
    ignore: engine === undefined,
    fn: async () => {
      assert(engine);
      await using resources = new AsyncDisposableStack();
      const { name, url } = resources.use(await engine.database());
      const sql = engine.connect(name);
      resources.defer(() => sql.end());
      const server = async (options?: Parameters<typeof openRows>[1]) =>
        resources.use(await openRows(url, options));
      await work({ url, name, sql, server });
    },
  });
}

const KEYS = { id: ALICE, aesKey: new Uint8Array(16) };

test("A write whose session is ended by the database is begun again", async ({ sql, server }) => {
  const one = await server();
  await one.catalog.register({ id: ALICE, name: "Alice", revision: "2024a" });
  await sql`BEGIN`;
  await sql`SELECT pg_advisory_xact_lock(hashtextextended(${ofClient(ALICE)}, 0))`;
  const writing = one.catalog.keepKeys(KEYS);
  await until(async () => (await waiting(sql)).length === 1);
  const [process = 0] = await waiting(sql);
  await sql`SELECT pg_terminate_backend(${process})`;
  await until(async () => !(await waiting(sql)).includes(process));
  await sql`ROLLBACK`;
  await writing;
  assert.deepEqual((await one.catalog.client(ALICE))?.aesKey, KEYS.aesKey);
});

test("A read that ends its session each time is given up in the end", async ({ server }) => {
  const one = await server({ times: withRetryTime(300) });
  const read = one.database.read(function* () {
    return yield* get("SELECT pg_terminate_backend(pg_backend_pid())");
  });
  await failsWith(read, "database-unreachable");
  assert.equal(await one.catalog.client(ALICE), undefined);
});

test("Works see what others committed, whatever a database does by itself", async (tested) => {
  const { sql, name, server } = tested;
  await sql.unsafe(`ALTER DATABASE ${name} SET default_transaction_isolation = 'serializable'`);
  const servers = await Promise.all([server(), server(), server()]);
  const [one, other] = servers;
  assert(one && other);
  const registered = await Promise.all(
    servers.map((at, index) =>
      at.catalog.register({ id: newId(index), name: "Alice", revision: "2024a" })
    ),
  );
  assert.deepEqual(registered.toSorted(), ["name-taken", "name-taken", "registered"]);
});

test("A statement without an answer gives its session up", async ({ url }) => {
  const { port } = new URL(url.replace("postgres:", "http:"));
  await using proxy = new MutedProxy(Number(port));
  const options = optionsFor(url.replace(`:${port}/`, `:${proxy.port}/`));
  const times = { ...databaseTimes(), answer: 200 };
  await using session = await Session.open({ ...options, times });
  proxy.isMuted = true;
  // The driver sends one at a time of those with values, until it knows their types.
  const asked = ["SELECT 1", "SELECT ? + 1", "SELECT ? + 2"].map((sql) =>
    session.query(sql, sql.includes("?") ? [1] : [])
  );
  for (const one of asked) await failsWith(within(one, 60_000), "database-unreachable");
  assert.equal((await session.whenLost).reason, "database-unreachable");
});

test("A session takes the place of one that was lost for whatever reason", async ({ url }) => {
  const connect = () => Session.open(optionsFor(url));
  const kept = new LastingSession({ connect, clock: SYSTEM_CLOCK, times: { retryTime: 0 } });
  const first = await kept.get();
  first.lose(new StorageError("database-failed", "A fault of the driver"));
  const second = await kept.get();
  assert.equal((await second.query("SELECT 1")).count, 1);
  await kept[Symbol.asyncDispose]();
  await failsWith(kept.get(), "database-unreachable");
});

test("A sign of life that is lost twice loses nothing under way", async ({ sql, server }) => {
  const [one, other] = [await server(), await server()];
  await one.catalog.register({ id: ALICE, name: "Alice", revision: "2024a" });
  const location = newKey();
  await one.contentRows.begin(location);
  const first = one.run();
  await sql`BEGIN`;
  await sql`LOCK TABLE uploads`;
  await endSignOfLife(sql, first);
  // Under another number, that is amid taking over what it had.
  await until(async () => (await waiting(sql)).length === 1);
  const [process = 0] = await waiting(sql);
  await sql`SELECT pg_terminate_backend(${process})`;
  await until(async () => !(await waiting(sql)).includes(process));
  await sql`COMMIT`;
  await until(() => Promise.resolve(one.run() !== first));
  assert.equal(await other.contentRows.abandonEarlier(100), 0);
  await one.versions.recordKeyed(version({ location }));
  assert.equal((await other.catalog.file(ALICE, "a.txt"))?.location, location);
});

test("What is written after the process was stopped is dated after the stop", async (tested) => {
  let stopped = 0;
  const clock = { ...SYSTEM_CLOCK, now: () => SYSTEM_CLOCK.now() - stopped };
  const one = await tested.server({ clock });
  stopped = 3_600_000;
  // deno-lint-ignore require-yield
  const dated = await one.database.write(function* () {
    return one.dates.date().getTime();
  }, { of: [] });
  const late = SYSTEM_CLOCK.date().getTime() - dated;
  assert(late < 600_000, `It is dated ${late} ms too early`);
});

test("A commit that only the primary has is confirmed once the standby has it", async (tested) => {
  const { sql, server } = tested;
  const one = await server({ times: withRetryTime(60_000) });
  await one.catalog.register({ id: ALICE, name: "Alice", revision: "2024a" });
  await sql`ALTER SYSTEM SET synchronous_standby_names = 'nobody'`;
  let writing: Promise<unknown> = Promise.resolve();
  try {
    await sql`SELECT pg_reload_conf()`;
    // It counts once a process in the background has read it, too.
    let process: number | undefined;
    await until(async () => {
      let isDone = false;
      writing = one.catalog.keepKeys(KEYS).finally(() => isDone = true);
      while (!isDone && process === undefined) [process] = await forStandby(sql);
      return process !== undefined;
    });
    let isDone = false;
    writing = writing.finally(() => isDone = true);
    await sql`SELECT pg_terminate_backend(${process ?? 0})`;
    await until(async () => isDone || (await forStandby(sql)).some((pid) => pid !== process));
    assert(!isDone, "It is confirmed, and no standby has it");
  } finally {
    await sql`ALTER SYSTEM RESET synchronous_standby_names`;
    await sql`SELECT pg_reload_conf()`;
  }
  await writing;
});

test("A database that is silent as a connection begins is given up", async ({ url }) => {
  const { port } = new URL(url.replace("postgres:", "http:"));
  await using proxy = new MutedProxy(Number(port));
  const times = { ...databaseTimes(), connect: 300 };
  const options = { ...optionsFor(url.replace(`:${port}/`, `:${proxy.port}/`)), times };
  // After nothing, and after the session has begun.
  for (const answers of [0, 1]) {
    proxy.answers = answers;
    await failsWith(within(Session.open(options), 60_000), "database-unreachable");
  }
});

function optionsFor(url: string): SessionOptions {
  const address = parseDatabaseAddress(url);
  const unknown = { password: undefined, authorities: undefined };
  return { address, ...unknown, isPooled: false, clock: SYSTEM_CLOCK, times: databaseTimes() };
}

/** Rejects with another error if a promise has not settled after so many milliseconds. */
async function within<T>(promise: Promise<T>, limit: number): Promise<T> {
  const late = Promise.withResolvers<never>();
  const cancel = SYSTEM_CLOCK.after(limit, () => late.reject(new Error("It waits without end")));
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    cancel();
  }
}

/** An id of its own for each number. */
function newId(number: number): typeof ALICE {
  const id = ALICE.slice() as typeof ALICE;
  id[0] = number;
  return id;
}

/** The processes that wait for a lock. */
async function waiting(sql: postgres.Sql): Promise<readonly number[]> {
  const rows = await sql`SELECT pid FROM pg_locks WHERE NOT granted`;
  return rows.map((row) => row["pid"] as number);
}

/** The processes that have committed, and wait for a standby. */
async function forStandby(sql: postgres.Sql): Promise<readonly number[]> {
  const rows = await sql`SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep'`;
  return rows.map((row) => row["pid"] as number);
}

async function endSignOfLife(sql: postgres.Sql, number: number): Promise<void> {
  await sql`SELECT pg_terminate_backend(pid) FROM pg_locks
    WHERE locktype = 'advisory' AND classid = 24226 AND objid = ${number}`;
}
