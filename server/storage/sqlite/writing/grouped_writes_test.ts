import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setImmediate } from "node:timers";
import { TestClock } from "../../../../tests/peers/test_clock.ts";
import { temporaryFolder } from "../../../../tests/peers/temporary_folder.ts";
import { GroupedWrites, type GroupedWritesOptions } from "./grouped_writes.ts";

/** A table of numbers, and a count of the transactions that were committed on it. */
function numbers(options: Partial<GroupedWritesOptions> = {}) {
  const database = new DatabaseSync(":memory:");
  database.exec("CREATE TABLE t (x INTEGER PRIMARY KEY)");
  const exec = database.exec.bind(database);
  const log: string[] = [];
  database.exec = (sql) => {
    log.push(sql);
    exec(sql);
  };
  const insert = (x: number) => {
    database.prepare("INSERT INTO t VALUES (?)").run(x);
    return x;
  };
  return {
    database,
    writes: new GroupedWrites(database, {
      sync: () => Promise.resolve(),
      clock: new TestClock({ skips: (milliseconds) => milliseconds <= 10 }),
      ...options,
    }),
    insert,
    commits: () => log.filter((sql) => sql === "COMMIT").length,
    rows: () => database.prepare("SELECT x FROM t ORDER BY x").all().map((row) => row["x"]),
    [Symbol.dispose]: () => database.close(),
  };
}

Deno.test("GroupedWrites commits the writes of one turn together", async () => {
  using table = numbers();
  const { writes, insert } = table;
  const results = await Promise.all([1, 2, 3].map((x) => writes.write(() => insert(x))));
  deepStrictEqual(results, [1, 2, 3]);
  deepStrictEqual(table.rows(), [1, 2, 3]);
  strictEqual(table.commits(), 1);
  await writes.write(() => insert(4));
  strictEqual(table.commits(), 2);
});

Deno.test("GroupedWrites resolves nothing before it is committed", async () => {
  using table = numbers();
  const { writes, insert, database } = table;
  let open: boolean | undefined;
  const first = writes.write(() => insert(1)).then(() => open = database.isTransaction);
  await Promise.all([first, writes.write(() => insert(2))]);
  strictEqual(open, false);
});

Deno.test("GroupedWrites undoes a work that throws, and nothing of the others", async () => {
  using table = numbers();
  const { writes, insert } = table;
  const error = new Error("Stop");
  const [first, second, third] = await Promise.allSettled([
    writes.write(() => insert(1)),
    writes.write(() => {
      insert(2);
      throw error;
    }),
    writes.write(() => insert(3)),
  ]);
  strictEqual(first.status, "fulfilled");
  deepStrictEqual(second, { status: "rejected", reason: error });
  strictEqual(third.status, "fulfilled");
  deepStrictEqual(table.rows(), [1, 3]);
});

Deno.test("GroupedWrites fails all writes of a group that SQLite rolls back", async () => {
  using table = numbers();
  const { writes, insert, database } = table;
  await writes.write(() => insert(1));
  const all = await Promise.allSettled([
    writes.write(() => insert(2)),
    writes.write(() => database.exec("INSERT OR ROLLBACK INTO t VALUES (1)")),
    writes.write(() => insert(3)),
  ]);
  deepStrictEqual(all.map(({ status }) => status), ["rejected", "rejected", "rejected"]);
  deepStrictEqual(table.rows(), [1]);
  await writes.write(() => insert(4));
  deepStrictEqual(table.rows(), [1, 4]);
});

Deno.test("GroupedWrites has all fail when the group cannot be committed", async () => {
  using table = numbers();
  const { writes, insert, database } = table;
  database.exec("PRAGMA foreign_keys = ON");
  database.exec(
    "CREATE TABLE child (x REFERENCES t (x) DEFERRABLE INITIALLY DEFERRED)",
  );
  const orphan = () => database.exec("INSERT INTO child VALUES (9)");
  await Promise.all([
    rejects(writes.write(() => insert(1)), /FOREIGN KEY/),
    rejects(writes.write(orphan), /FOREIGN KEY/),
  ]);
  deepStrictEqual(table.rows(), []);
});

Deno.test("GroupedWrites commits at once what waits when it is flushed", async () => {
  using table = numbers();
  const { writes, insert } = table;
  const written = writes.write(() => insert(1));
  const flushed = writes.flush();
  deepStrictEqual(table.rows(), [1]);
  strictEqual(await written, 1);
  await flushed;
});

Deno.test("GroupedWrites resolves synced writes after a sync, others at once", async () => {
  const syncs: PromiseWithResolvers<void>[] = [];
  using table = numbers({
    sync() {
      const sync = Promise.withResolvers<void>();
      syncs.push(sync);
      return sync.promise;
    },
  });
  const { writes, insert } = table;
  const told: number[] = [];
  const write = (x: number, synced: boolean) =>
    writes.write(() => insert(x), { synced: () => synced }).then((x) => told.push(x));
  const first = write(1, true);
  await write(2, false);
  deepStrictEqual([told, syncs.length], [[2], 1]);
  await write(3, false);
  deepStrictEqual([told, syncs.length, table.rows()], [[2, 3], 1, [1, 2, 3]]);
  const flushed = writes.flush();
  syncs[0]?.resolve();
  await Promise.all([first, flushed]);
  deepStrictEqual(told, [2, 3, 1]);
});

Deno.test("GroupedWrites gathers during a sync, then until as many come as ended", async () => {
  const syncs: PromiseWithResolvers<void>[] = [];
  const clock = new TestClock();
  using table = numbers({
    clock,
    sync() {
      const sync = Promise.withResolvers<void>();
      syncs.push(sync);
      return sync.promise;
    },
  });
  const { writes, insert } = table;
  const round = () => new Promise<void>((resolve) => void setImmediate(resolve));
  const first = writes.write(() => insert(1));
  await round();
  const next = [2, 3].map((x) => writes.write(() => insert(x)));
  await round();
  deepStrictEqual([syncs.length, table.commits()], [1, 1]);
  // The writer of the first may come back.
  syncs[0]?.resolve();
  await first;
  await round();
  strictEqual(table.commits(), 1);
  const back = writes.write(() => insert(4));
  await round();
  deepStrictEqual([syncs.length, table.commits()], [2, 2]);
  syncs[1]?.resolve();
  await Promise.all([...next, back]);
  // Three are expected, and one comes.
  const alone = writes.write(() => insert(5));
  await round();
  strictEqual(table.commits(), 2);
  clock.advance(10);
  strictEqual(table.commits(), 3);
  syncs[2]?.resolve();
  await alone;
  // It was the only one, so that no other is waited for.
  const again = writes.write(() => insert(6));
  await round();
  strictEqual(table.commits(), 4);
  syncs[3]?.resolve();
  await again;
});

Deno.test("GroupedWrites waits longer if all writes of the group may", async () => {
  const clock = new TestClock();
  using table = numbers({ clock });
  const { writes, insert } = table;
  let next = 0;
  const write = (gathersLonger: boolean) => writes.write(() => insert(++next), { gathersLonger });
  // Of a group of 20 as many are expected back.
  const twenty = () => Promise.all(Array.from({ length: 20 }, () => write(true)));
  await twenty();
  const alone = write(true);
  clock.advance(19);
  strictEqual(table.commits(), 1);
  clock.advance(1);
  strictEqual(table.commits(), 2);
  await alone;
  await twenty();
  const relaxed = write(true);
  clock.advance(10);
  const urgent = write(false);
  clock.advance(4);
  strictEqual(table.commits(), 3);
  clock.advance(1);
  strictEqual(table.commits(), 4);
  await Promise.all([relaxed, urgent]);
});

Deno.test("GroupedWrites writes nothing any more after a sync that failed", async () => {
  let syncs = 0;
  using table = numbers({
    sync() {
      syncs += 1;
      return Promise.reject(new Error("Input/output error"));
    },
  });
  const { writes, insert } = table;
  await Promise.all([
    rejects(writes.write(() => insert(1)), /Input\/output error/),
    writes.write(() => insert(2), { synced: () => false }),
  ]);
  for (const synced of [true, false]) {
    await rejects(writes.write(() => insert(3), { synced: () => synced }), /Input\/output error/);
  }
  deepStrictEqual([table.rows(), syncs], [[1, 2], 1]);
  await writes.flush();
});

/** A table in a file, and another connection to it that holds the lock for writing. */
async function locked(resources: AsyncDisposableStack) {
  const folder = resources.use(await temporaryFolder());
  const path = join(folder.path, "test.db");
  const database = resources.use(new DatabaseSync(path));
  database.exec("PRAGMA journal_mode = WAL; PRAGMA busy_timeout = 0; CREATE TABLE t (x)");
  const other = resources.use(new DatabaseSync(path));
  const clock = new TestClock();
  const writes = new GroupedWrites(database, { sync: () => Promise.resolve(), clock });
  const insert = (x: number) =>
    writes.write(() => void database.prepare("INSERT INTO t VALUES (?)").run(x));
  const rows = () => database.prepare("SELECT x FROM t").all().map((row) => row["x"]);
  other.exec("BEGIN EXCLUSIVE");
  /** Resolves when so many tries were in vain. */
  const tries = async (count: number) => {
    while (clock.waits.length < count) await new Promise((resolve) => setImmediate(resolve));
  };
  return { other, writes, insert, rows, clock, tries };
}

Deno.test("GroupedWrites waits for another lock beside the thread, in order", async () => {
  await using resources = new AsyncDisposableStack();
  const { other, writes, insert, rows, clock, tries } = await locked(resources);
  const first = insert(1);
  // Were the thread to wait, this would never come.
  await tries(1);
  const second = insert(2);
  clock.advance(20);
  await tries(2);
  const flushed = writes.flush();
  other.exec("COMMIT");
  clock.advance(20);
  await Promise.all([first, second, flushed]);
  deepStrictEqual(rows(), [1, 2]);
});

Deno.test("GroupedWrites rejects after 5 s of another lock, and goes on", async () => {
  await using resources = new AsyncDisposableStack();
  const { other, insert, rows, clock, tries } = await locked(resources);
  const first = insert(1);
  await tries(1);
  clock.advance(4_990);
  await tries(2);
  const second = insert(2);
  clock.advance(20);
  await rejects(first, /database is locked/);
  other.exec("COMMIT");
  clock.advance(20);
  await second;
  deepStrictEqual(rows(), [2]);
});

Deno.test("GroupedWrites commits nothing before what follows a commit is over", async () => {
  const over = Promise.withResolvers<void>();
  let pauses = 0;
  using table = numbers({ afterCommit: () => pauses++ === 0 ? over.promise : undefined });
  const { writes, insert } = table;
  await writes.write(() => insert(1));
  const second = writes.write(() => insert(2));
  const flushed = writes.flush();
  strictEqual(await Promise.race([second, Promise.resolve("none")]), "none");
  deepStrictEqual(table.rows(), [1]);
  over.resolve();
  await flushed;
  deepStrictEqual(table.rows(), [1, 2]);
  await second;
});
