import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { lcg } from "../kernel/golden_vectors.ts";
import { ServedConnections } from "../peers/served_connections.ts";
import { TestClient } from "../peers/test_client.ts";
import { openServices, stagedCount, storedFiles } from "../peers/test_services.ts";

const PLAIN = lcg(8, 3000);

Deno.test("a connection that ends between requests is no fault", async () => {
  await using services = await openServices();
  await using server = new ServedConnections(services);
  const silent = await server.connect();
  silent.line.close();
  await silent.served;
  const { line, served } = await server.connect();
  await new TestClient(line).introduce();
  line.close();
  await served;
  deepStrictEqual(services.counters.snapshot(), { "keys-accepted": 1, registered: 1 });
});

/** Bytes of a request that come, and the part of it that the connection ends in. */
const CUTS = [[1, "header"], [22, "header"], [23, "payload"], [300, "payload"]] as const;

Deno.test("a connection that ends inside a request is counted, not answered", async () => {
  await using services = await openServices();
  await using server = new ServedConnections(services);
  const introduced = new TestClient((await server.connect()).line);
  await introduced.introduce();
  const [message = PLAIN] = await introduced.messages(PLAIN);
  for (const [size, reason] of CUTS) {
    const { line, served } = await server.connect();
    const client = introduced.over(line);
    const counter = `refused.truncated-${reason}` as const;
    const before = services.counters.value(counter);
    await client.send(message.subarray(0, size));
    await line.endSending();
    strictEqual(await client.receive(), undefined);
    line.close();
    await served;
    strictEqual(services.counters.value(counter), before + 1, `${size} bytes`);
  }
  strictEqual(services.counters.value("files-cut-off"), 1);
  strictEqual(services.uploads.size + stagedCount(services.store), 0);
});

Deno.test("a file is not parked when the connection ended inside the verdict", async () => {
  await using services = await openServices();
  await using server = new ServedConnections(services);
  for (const size of [1, 22, 23, 277]) {
    const { line, served } = await server.connect();
    const client = new TestClient(line, { name: `client ${size}` });
    await client.introduce();
    strictEqual((await client.file(PLAIN))?.kind, "fileReceived");
    await client.send(client.verdict("crcValid").subarray(0, size));
    line.close();
    await served;
    strictEqual(services.uploads.size + stagedCount(services.store), 0);
  }
  strictEqual(services.counters.value("files-cut-off"), 4);
  deepStrictEqual(await storedFiles(services), {});
});

Deno.test("a file between two requests waits for the next connection of its client", async () => {
  await using services = await openServices();
  await using server = new ServedConnections(services);
  const { line, served } = await server.connect();
  const client = new TestClient(line);
  await client.introduce();
  strictEqual((await client.file(PLAIN))?.kind, "fileReceived");
  line.close();
  await served;
  strictEqual(services.uploads.size, 1);
  const fresh = client.over((await server.connect()).line);
  strictEqual((await fresh.ask(fresh.verdict("crcValid")))?.kind, "acknowledged");
  deepStrictEqual(await storedFiles(services), { "a.txt": PLAIN });
});

Deno.test("a client that is gone before its replies is lost, and that is no fault", async () => {
  await using services = await openServices();
  await using server = new ServedConnections(services);
  const { line, served } = await server.connect();
  const client = new TestClient(line);
  await client.introduce();
  // Each of these is answered. The first reply reaches no client, and the next ones cannot be sent.
  await client.send(...Array(200).fill(client.verdict("crcValid")));
  line.close();
  await served;
  strictEqual(services.counters.value("connections-lost"), 1);
  strictEqual(services.counters.value("refused.internal-error"), 0);
});

Deno.test("a stop closes connections on which nothing is under way", async () => {
  await using services = await openServices();
  await using server = new ServedConnections(services);
  const silent = await server.connect();
  const { line, served } = await server.connect();
  const client = new TestClient(line);
  await client.introduce();
  server.stopping.abort();
  strictEqual(await client.receive(), undefined);
  strictEqual(await silent.line.read(), undefined);
  line.close();
  await Promise.all([served, silent.served]);
  strictEqual(services.counters.value("connections-lost"), 0);
});

Deno.test("a stop lets a file under way come to its verdict, and closes then", async () => {
  await using services = await openServices();
  await using server = new ServedConnections(services);
  const { line, served } = await server.connect();
  const client = new TestClient(line);
  await client.introduce();
  // The reply to another file shows that a file is being received; packet 1 alone has no reply.
  const [head = PLAIN, ...rest] = await client.messages(PLAIN, { packets: 3 });
  const replied = await client.ask(...await client.messages(PLAIN, { fileName: "b.txt" }), head);
  strictEqual(replied?.kind, "fileReceived");
  server.stopping.abort();
  strictEqual((await client.ask(...rest))?.kind, "fileReceived");
  strictEqual((await client.ask(client.verdict("crcValid")))?.kind, "acknowledged");
  strictEqual(await client.receive(), undefined);
  line.close();
  await served;
  deepStrictEqual(await storedFiles(services), { "a.txt": PLAIN });
});

Deno.test("the end of the grace period closes connections, and stores nothing", async () => {
  await using services = await openServices();
  await using server = new ServedConnections(services);
  const { line, served } = await server.connect();
  const client = new TestClient(line);
  await client.introduce();
  strictEqual((await client.file(PLAIN))?.kind, "fileReceived");
  server.stopping.abort();
  server.ending.abort();
  await served;
  strictEqual(await client.receive(), undefined);
  strictEqual(services.uploads.size + stagedCount(services.store), 0);
  strictEqual(services.counters.value("files-cut-off"), 1);
  deepStrictEqual(await storedFiles(services), {});
});

Deno.test("ServedConnection closes its connection however it ends", async () => {
  await using services = await openServices();
  await using server = new ServedConnections(services);
  const { line, served } = await server.connect();
  await line.send(new Uint8Array(23));
  await line.endSending();
  const bytes: Uint8Array[] = [];
  for (let piece = await line.read(); piece; piece = await line.read()) bytes.push(piece);
  await served;
  strictEqual(bytes.length, 1);
  line.close();
  await rejects(line.read());
});
