/** What uploads and requests that stand still take of the server's memory. */

import { ok, strictEqual } from "node:assert/strict";
import { Buffer } from "node:buffer";
import { once } from "node:events";
import { connect } from "node:tls";
import { CONNECTION_MEMORY } from "../../../server/settings/memory_bound.ts";
import { assertBelow } from "../../chance/assert_below.ts";
import { mostMemory } from "../../end_to_end/fixtures/most_memory.ts";
import { RunningServer } from "../../end_to_end/fixtures/running_server.ts";
import { temporaryFolder } from "../../peers/temporary_folder.ts";
import { parseAddress } from "../../../shared/text/address.ts";
import { ConnectedClient } from "../../peers/connected_client.ts";

/** Connections, and the bytes that each sends of a file of 1 MiB. */
const GREEDY = 250;
const BYTES = 300_000;

/** When the runtime collects its garbage is no matter of the connections. */
const EACH = { tries: 4, unit: "bytes each" } as const;

Deno.test({
  name: "Uploads that stand still take no more memory than is counted for their connections",
  ignore: Deno.build.os !== "linux",
  fn: () => assertBelow(CONNECTION_MEMORY, memoryOfUploads, EACH),
});

/** Bytes that the server takes for each of many uploads that stand still. */
async function memoryOfUploads(): Promise<number> {
  await using folder = await temporaryFolder();
  const limits = ["--max-names-per-hour", "none"];
  await using server = await RunningServer.start(folder.path, {
    args: ["--host", "127.0.0.1", "--port", "0", ...limits],
    lifeLimit: 200_000,
  });
  using resources = new DisposableStack();
  const plain = new Uint8Array(1024 * 1024);
  const before = await mostMemory(server.pid);
  for (let n = 0; n < GREEDY; n++) {
    const client = resources.use(await ConnectedClient.introduced(server.address, `Greedy ${n}`));
    const request = await client.fileRequest("large.bin", plain);
    await client.send(request.subarray(0, BYTES));
  }
  return (await mostMemory(server.pid) - before) / GREEDY;
}

/** Connections that each send so many bytes of a head, a little less than the runtime takes. */
const HEADS = { connections: 120, bytes: 60_000 } as const;

Deno.test({
  name: "Heads of HTTP that are half sent take no more memory than their connections are counted",
  ignore: Deno.build.os !== "linux",
  fn: () => assertBelow(CONNECTION_MEMORY, memoryOfHeads, EACH),
});

/** Bytes that the server takes for each of many heads that are half sent. */
async function memoryOfHeads(): Promise<number> {
  await using folder = await temporaryFolder();
  await using server = await RunningServer.start(folder.path, {
    args: ["--host", "127.0.0.1", "--port", "0"],
    lifeLimit: 200_000,
  });
  const { host, port } = parseAddress(server.address);
  const open = async (bytes: number) => {
    const conn = connect({ host, port, rejectUnauthorized: false, ALPNProtocols: ["http/1.1"] });
    conn.on("error", () => {});
    await once(conn, "secureConnect");
    conn.write("GET /v4/key HTTP/1.1\r\nHost: a\r\nX: ");
    if (!conn.write(Buffer.alloc(bytes, 0x79))) await once(conn, "drain");
    return conn;
  };
  // What the first connections need once.
  for (let n = 0; n < 10; n++) (await open(1)).destroy();
  const before = await mostMemory(server.pid);
  const conns = [];
  for (let n = 0; n < HEADS.connections; n++) conns.push(await open(HEADS.bytes));
  // One more request is answered after all of them.
  const last = await open(1);
  last.write("\r\n\r\n");
  const [answer] = await once(last, "data");
  ok(String(answer).startsWith("HTTP/1.1 200"), String(answer));
  strictEqual(conns.filter(({ destroyed }) => destroyed).length, 0);
  const each = (await mostMemory(server.pid) - before) / HEADS.connections;
  for (const conn of [...conns, last]) conn.destroy();
  return each;
}
