/** What files cost a server with a PostgreSQL and a bucket: transactions, requests, and memory. */

import assert from "node:assert/strict";

import { HttpConnection } from "../../../client/protocol4/connection/http_connection.ts";
import { SYSTEM_CLOCK } from "../../../server/system_clock.ts";
import { parseServerAddress } from "../../../shared/protocol4/keys/server_address.ts";
import { parseAddress } from "../../../shared/text/address.ts";
import { mostMemory } from "../../end_to_end/fixtures/most_memory.ts";
import type { RunningServer } from "../../end_to_end/fixtures/running_server.ts";
import { seededBytes } from "../../end_to_end/fixtures/seeded_bytes.ts";
import { missingEngine } from "../../engines/missing_engine.ts";
import { S3Proxy } from "../../engines/s3_proxy.ts";
import {
  HAS_BOTH,
  NOT_BOTH,
  SharedEngines,
  type SharedPlace,
} from "../../engines/shared_servers.ts";
import { ClearBridge } from "../../peers/clear_bridge.ts";
import { ConnectedClient } from "../../peers/connected_client.ts";
import { registered } from "../../protocol4/fixtures/test_user.ts";

const MIB = 1024 ** 2;
/** Milliseconds for an answer, on a machine with much to do. */
const TIMEOUT = 300_000;

/** Sends a file in a request of its own. */
type Put = (name: string, body: Uint8Array) => Promise<void>;

/** A client of protocol 4, with a connection for each file. */
async function user(server: RunningServer, resources: AsyncDisposableStack): Promise<Put> {
  const address = await server.printed(/^sealpost:/);
  const { spki } = parseServerAddress(address);
  assert(spki !== undefined);
  const { token } = await registered(resources.use(new ClearBridge(address)), "Maya");
  return async (name, content) => {
    const options = { timeout: TIMEOUT, clock: SYSTEM_CLOCK };
    const connection = await HttpConnection.open(
      { ...parseAddress(server.address), spki },
      options,
    );
    const { status, body } = await connection.request({
      method: "PUT",
      path: `/v4/files/${name}`,
      headers: { authorization: `Bearer ${token}` },
      body: content,
    });
    const text = new TextDecoder().decode(await body.bytes());
    connection.close();
    assert.equal(status, 201, text);
  };
}

if (HAS_BOTH) {
  const engines = await SharedEngines.start();
  Deno.test.afterAll(() => engines[Symbol.asyncDispose]());

  Deno.test("A file costs so many transactions and requests, and files at once share", async () => {
    await using resources = new AsyncDisposableStack();
    const proxy = resources.use(new S3Proxy(engines.gateway.endpoint));
    const place = resources.use(await engines.place(proxy.endpoint));
    const server = resources.use(
      await place.server("one", ["--max-names-per-hour", "10000"]),
    );
    const put = await user(server, resources);
    const old = resources.use(await ConnectedClient.introduced(server.address, "Old"));
    const three = async (client: ConnectedClient, fileName: string, content: Uint8Array) => {
      assert.equal((await client.file(content, { fileName }))?.kind, "fileReceived");
      assert.equal((await client.confirm(fileName)).kind, "acknowledged");
    };
    const cost = async (work: () => Promise<unknown>) => {
      proxy.forget();
      const before = await transactions(place);
      await work();
      const after = await transactions(place);
      const requests = proxy.requests.filter((request) => !/^(?:GET|HEAD) /.test(request));
      assert.deepEqual(
        proxy.requests.filter((request) =>
          /list-type|[?&]uploads=?$/.test(request) && /^GET/.test(request)
        ),
        [],
      );
      // Asking for it takes one.
      return { transactions: after - before - 1, requests: requests.length };
    };
    const small = seededBytes(1, 1_000);
    // By protocol 4 the row has it; by protocol 3 a row says that it is under way, before its PUT.
    assert.deepEqual(await cost(() => put("small", small)), { transactions: 1, requests: 0 });
    const byThree = await cost(() => three(old, "small", small));
    assert.equal(byThree.requests, 1);
    // To begin it and to record it.
    assert.equal(byThree.transactions, 2);
    const medium = seededBytes(2, 200_000);
    const byFour = await cost(() => put("medium", medium));
    assert.equal(byFour.requests, 1);
    assert(byFour.transactions <= 3, `${byFour.transactions} transactions`);
    const large = seededBytes(3, 20 * MIB);
    const parts = 3;
    const { requests, transactions: few } = await cost(() => put("large", large));
    assert.equal(requests, parts + 2);
    assert(few <= parts + 4, `${few} transactions`);

    const [CLIENTS, FILES] = [40, 5];
    const clients = await Promise.all(
      Array.from(
        { length: CLIENTS },
        async (_, at) =>
          resources.use(await ConnectedClient.introduced(server.address, `Client ${at}`)),
      ),
    );
    const together = await cost(() =>
      Promise.all(clients.map(async (client) => {
        for (let file = 0; file < FILES; file++) await three(client, `${file}`, small);
      }))
    );
    assert.equal(together.requests, CLIENTS * FILES);
    // Each alone would take 400 at least.
    assert(together.transactions < CLIENTS * FILES, `${together.transactions} transactions`);
  });

  Deno.test("30 uploads of 32 MiB at once take a server less than 0.5 GB of memory", async () => {
    await using resources = new AsyncDisposableStack();
    const place = resources.use(await engines.place());
    const server = resources.use(await place.server("one"));
    const put = await user(server, resources);
    const content = seededBytes(4, 32 * MIB);
    const atRest = await mostMemory(server.pid);
    await Promise.all(Array.from({ length: 30 }, (_, at) => put(`${at}.bin`, content)));
    const most = await mostMemory(server.pid);
    assert(most > atRest && most < 500e6, `${Math.round(most / 1e6)} MB`);
  });
} else {
  missingEngine(`Files cost little with a PostgreSQL and a bucket${NOT_BOTH}`);
}

/** Transactions that have written, and those that have asked for this. */
async function transactions({ sql }: SharedPlace): Promise<number> {
  const [row] = await sql`SELECT pg_current_xact_id()::text::int AS number`;
  return row?.["number"] as number;
}
