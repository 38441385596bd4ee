/** Contents of two servers of one database, while something is lost, held or replaced. */

import assert from "node:assert/strict";

import type { RequestBody } from "../../../client/protocol4/connection/request.ts";
import { parseAddress } from "../../../shared/text/address.ts";
import type { RunningServer } from "../../end_to_end/fixtures/running_server.ts";
import { seededBytes } from "../../end_to_end/fixtures/seeded_bytes.ts";
import { missingEngine } from "../../engines/missing_engine.ts";
import {
  HAS_BOTH,
  NOT_BOTH,
  SharedEngines,
  type SharedPlace,
} from "../../engines/shared_servers.ts";
import { ConnectedClient } from "../../peers/connected_client.ts";
import { SocketLink } from "../../peers/socket_link.ts";
import { testsOfTwo } from "./two_servers.ts";
import { until } from "./until.ts";

const MIB = 1024 ** 2;

if (HAS_BOTH) {
  const engines = await SharedEngines.start();
  Deno.test.afterAll(() => engines[Symbol.asyncDispose]());

  const test = testsOfTwo(engines);

  test("The sign of life ended amid uploads by both protocols costs none of them", async (two) => {
    const { one, other, ask, sql, third } = two;
    const content = seededBytes(1, 20 * MIB);
    const storage = await third(0);
    const endLife = async () => {
      const before = await numbers(two);
      const [{ number } = { number: 0 }] =
        await sql`SELECT min("Run")::int AS number FROM under_way`;
      assert(before.includes(number), `${number} of ${before}`);
      await sql`SELECT pg_terminate_backend(pid) FROM pg_locks
        WHERE locktype = 'advisory' AND classid = 24226 AND objid = ${number}`;
      await one.logged(/database/);
      await until(async () => {
        const now = await numbers(two);
        if (now.includes(number) || now.length !== before.length) return false;
        // A sweep before that finds contents of a server that is gone.
        return (await sql`SELECT 1 FROM under_way WHERE "Run" = ${number}`).length === 0;
      });
      await storage.contents.sweep();
    };
    // Behind the first part, which is in the bucket then.
    const pieces = async function* () {
      yield content.subarray(0, 12 * MIB);
      await until(async () => (await two.bucket.uploads()) === 1);
      await endLife();
      yield content.subarray(12 * MIB);
    };
    const body = { size: content.length, pieces: pieces() };
    const put = await ask(one, { method: "PUT", path: "/v4/files/a.bin", body });
    assert.equal(put.status, 201, new TextDecoder().decode(await put.bytes()));
    const got = await ask(other, { method: "GET", path: "/v4/files/a.bin" });
    assert.deepEqual(await got.bytes(), content);

    using line = await SocketLink.connect(parseAddress(one.address));
    using old = await ConnectedClient.introduced(one.address, "Old");
    const client = old.over(line);
    const part = content.subarray(0, 3 * MIB);
    const [first, ...rest] = await client.messages(part, { packets: 3 });
    assert(first);
    await client.send(first);
    await until(async () => (await sql`SELECT 1 FROM under_way`).length === 1);
    await endLife();
    const received = await client.ask(...rest);
    assert.equal(received?.kind, "fileReceived");
    assert.equal((await client.ask(client.verdict("crcValid")))?.kind, "acknowledged");
    const [{ location }] = await sql`SELECT "PathName" AS location FROM files` as [
      { location: string },
    ];
    assert.deepEqual(await readAll(await storage.store.read(location)), part);
  });

  test("A recording held open for 2 s keeps its contents beside another's sweep", async (two) => {
    const { one, sql, third } = two;
    const storage = await third(0);
    using client = await ConnectedClient.introduced(one.address, "Old");
    const content = seededBytes(2, 300_000);
    assert.equal((await client.file(content))?.kind, "fileReceived");
    // As if its server had ended, so that the sweep wants it.
    assert.equal((await sql`UPDATE under_way SET "Run" = 0`).count, 1);
    await sql`BEGIN`;
    await sql`SELECT 1 FROM clients FOR UPDATE`;
    const recorded = client.ask(client.verdict("crcValid"));
    const waiting = async () => {
      const [row] = await sql`SELECT count(*)::int AS n FROM pg_locks WHERE NOT granted`;
      return row?.["n"] as number;
    };
    await until(async () => await waiting() >= 1);
    const swept = storage.contents.sweep();
    await sql`SELECT pg_sleep(2)`;
    await sql`COMMIT`;
    assert.equal((await recorded)?.kind, "acknowledged");
    await swept;
    await storage.contents.sweep();
    const [row] = await sql`SELECT "PathName" AS location FROM files`;
    assert.deepEqual(await readAll(await storage.store.read(row?.["location"])), content);
    assert.equal((await sql`SELECT 1 FROM garbage`).length, 0);
  });

  // 96 MiB stand for 1 GiB: more than what connections and servers hold, and read in as many ways.
  test("A download across a replacement at the other server is of one version", async (two) => {
    const { one, other, ask, third } = two;
    const [before, after] = [seededBytes(3, 96 * MIB), seededBytes(4, 9 * MIB)];
    const path = "/v4/files/large.bin";
    const put = (at: RunningServer, body: Uint8Array) => ask(at, { method: "PUT", path, body });
    assert.equal((await put(one, before)).status, 201);
    const [whole, range] = [
      await ask(one, { method: "GET", path }),
      await ask(other, { method: "GET", path, headers: { range: `bytes=${20 * MIB}-` } }),
    ];
    const etag = whole.headers.get("etag") ?? "";
    const [begun, ranged] = [await whole.some(MIB), await range.some(MIB)];
    assert.equal((await put(other, after)).status, 200);
    // What was replaced is kept for an hour here.
    await (await third(3_600_000)).contents.sweep();
    const rest = await whole.bytes();
    assert.equal(begun.length + rest.length, before.length);
    assert.deepEqual([begun, rest], [before.subarray(0, MIB), before.subarray(MIB)]);
    assert.equal(range.status, 206);
    assert.deepEqual(ranged, before.subarray(20 * MIB, 21 * MIB));
    assert.deepEqual(await range.bytes(), before.subarray(21 * MIB));
    // A download that goes on afterwards gets nothing that is mixed.
    const again = { method: "GET", path } as const;
    const ranges = { range: `bytes=${MIB}-` };
    const refused = await ask(one, { ...again, headers: { ...ranges, "if-match": etag } });
    assert.equal(refused.status, 412);
    const restarted = await ask(one, { ...again, headers: { ...ranges, "if-range": etag } });
    assert.equal(restarted.status, 200);
    assert.deepEqual(await restarted.bytes(), after);
  });

  test(
    "A quota is overshot by what other servers have under way, and holds from then on",
    async (two) => {
      const { one, other, ask } = two;
      const size = 12 * MIB;
      const content = seededBytes(5, size);
      const [begun, mayEnd] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      const pieces = async function* () {
        yield content.subarray(0, 10 * MIB);
        begun.resolve();
        await mayEnd.promise;
        yield content.subarray(10 * MIB);
      };
      const put = (at: RunningServer, name: string, body: RequestBody = content) =>
        ask(at, { method: "PUT", path: `/v4/files/${name}`, body });
      const first = put(one, "first.bin", { size, pieces: pieces() });
      await begun.promise;
      await until(async () => (await two.bucket.uploads()) === 1);
      // One server knows what it has under way itself.
      assert.equal((await put(one, "same.bin")).status, 507);
      assert.equal((await put(other, "second.bin")).status, 201);
      mayEnd.resolve();
      assert.equal((await first).status, 201);
      const [row] = await two.sql`SELECT "Bytes"::int AS bytes FROM clients`;
      assert.equal(row?.["bytes"], 2 * size);
      for (const at of [one, other]) {
        assert.equal((await put(at, "third.bin", content.subarray(0, MIB))).status, 507);
      }
    },
    ["--max-bytes-per-client", "20MiB"],
  );
} else {
  missingEngine(`Two servers have the same contents${NOT_BOTH}`);
}

/** The numbers that servers hold. */
async function numbers({ sql }: SharedPlace): Promise<readonly number[]> {
  const rows = await sql`SELECT objid::int AS number FROM pg_locks
    WHERE locktype = 'advisory' AND classid = 24226 ORDER BY 1`;
  return rows.map((row) => row["number"] as number);
}

async function readAll(
  stream: ReadableStream<Uint8Array> | undefined,
): Promise<Uint8Array> {
  assert(stream !== undefined, "There are contents");
  return new Uint8Array(
    await new Response(stream as ReadableStream<Uint8Array<ArrayBuffer>>).arrayBuffer(),
  );
}
