/** A PostgreSQL whose processes are stopped, so that it keeps its connections and says nothing. */

import assert from "node:assert/strict";

import { databaseTimes } from "../../../server/storage/access/database_times.ts";
import { get } from "../../../server/storage/sql/work.ts";
import { ALICE, failsWith } from "../../storage/catalog_under_test.ts";
import { SYSTEM_CLOCK } from "../../../server/system_clock.ts";
import { missingEngine } from "../../engines/missing_engine.ts";
import { HAS_BOTH, NOT_BOTH, SharedEngines } from "../../engines/shared_servers.ts";
import { ClearBridge } from "../../peers/clear_bridge.ts";
import { post, registered } from "../../protocol4/fixtures/test_user.ts";
import { ran } from "../../upkeep/ran.ts";
import { openRows, type PostgresRows } from "./rows.ts";
import { until } from "./until.ts";

/** What `--database-timeout` is, in milliseconds. */
const LONGEST = 2_000;

/** The same for a server that has to start within a third of it, on a machine with much to do. */
const OF_SERVER = 9_000;

/** Milliseconds that a command takes beside its waits, on a machine with much to do. */
const BESIDE = 1_000;

if (HAS_BOTH) {
  const engines = await SharedEngines.start();
  Deno.test.afterAll(() => engines[Symbol.asyncDispose]());
  const { postgresql } = engines;

  /** Stops the database while something is done. */
  const whileItHangs = async (work: () => Promise<void>) => {
    await postgresql.hang();
    try {
      await work();
    } finally {
      await postgresql.goOn();
    }
  };

  Deno.test("Whatever waits for a database that hangs is refused within the time", async () => {
    await using database = await postgresql.database();
    const times = databaseTimes(LONGEST);
    let opened: PostgresRows | undefined;
    // A connection has a third of the time, which is little on a machine with much to do.
    await until(async () => {
      opened = await openRows(database.url, { times }).catch(() => undefined);
      return opened !== undefined;
    });
    assert(opened);
    await using rows = opened;
    await rows.catalog.register({ id: ALICE, name: "Alice", revision: "2024a" });
    const write = () => rows.catalog.keepKeys({ id: ALICE, aesKey: new Uint8Array(16) });
    const read = () => rows.catalog.client(ALICE);
    const snapshot = () =>
      rows.database.read(function* () {
        return yield* get("SELECT 1 AS One");
      }, { snapshot: true });
    await whileItHangs(async () => {
      const all: Promise<number>[] = [];
      const refused = async (work: () => Promise<unknown>) => {
        const begun = SYSTEM_CLOCK.now();
        await failsWith(work(), "database-unreachable");
        return SYSTEM_CLOCK.now() - begun;
      };
      for (let round = 0; round < 4; round++) {
        // Far more than go together: most are behind others, also behind those of later rounds.
        for (let count = 0; count < 300; count++) all.push(refused(write));
        for (let count = 0; count < 20; count++) all.push(refused(snapshot), refused(read));
        await Promise.race(all.slice(-1));
      }
      const longest = Math.max(...await Promise.all(all));
      assert(longest <= LONGEST, `${Math.round(longest)} ms`);
    });
    // The first attempts may be those that were begun before it went on.
    await until(() => write().then(() => true, () => false));
    assert.equal((await read())?.name, "Alice");
  });

  Deno.test("A server and a command refuse within --database-timeout, by name", async () => {
    await using place = await engines.place();
    const flags = ["--database-timeout", `${OF_SERVER}ms`];
    await using server = await place.server("one", flags);
    await using at = new ClearBridge(await server.printed(/^sealpost:/));
    const { token } = await registered(at, "Maya");
    await whileItHangs(async () => {
      const begun = SYSTEM_CLOCK.now();
      const { status, json } = await post(at, "/v4/files/a", "x", { method: "PUT", token });
      const waited = SYSTEM_CLOCK.now() - begun;
      assert.deepEqual([status, json.reason], [503, "server-busy"]);
      assert(waited <= OF_SERVER + BESIDE, `${Math.round(waited)} ms`);
      await server.logged(/Refused .*server-busy.*database-unreachable/);
      const since = SYSTEM_CLOCK.now();
      const storage = ["--database", place.database.url, "--store", place.bucket.text];
      const { code, err } = await ran("check", [...storage, ...flags], { env: place.keys });
      const took = SYSTEM_CLOCK.now() - since;
      assert.equal(code, 2);
      assert.match(err, /The database postgres:.* does not answer|CONNECT_TIMEOUT/);
      assert(took <= OF_SERVER + BESIDE, `${Math.round(took)} ms`);
    });
  });
} else {
  missingEngine(`A database that hangs is waited for, not for ever${NOT_BOTH}`);
}
