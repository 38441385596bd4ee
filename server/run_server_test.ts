import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { digits } from "../tests/kernel/golden_vectors.ts";
import { startServer } from "../tests/peers/started_server.ts";
import { TestClient } from "../tests/peers/test_client.ts";
import {
  type LoggedLine,
  openServices,
  stagedCount,
  storedFiles,
} from "../tests/peers/test_services.ts";

const ID = new Uint8Array(16).fill(0xa1);
const PLAIN = new TextEncoder().encode("Nobody but Alice may read this, least of all in a log.\n");

function said(lines: readonly LoggedLine[]): readonly string[] {
  return lines.map(({ level, message }) => `${level} ${message}`);
}

Deno.test("runServer() serves all listeners, stops, and reports its counters", async () => {
  await using services = await openServices();
  const server = await startServer({ storage: services, listeners: 2 });
  for (const at of [0, 1]) {
    using line = await server.connect(at);
    const client = new TestClient(line, { name: `client ${at}` });
    await client.introduce();
    strictEqual((await client.file(PLAIN, { fileName: `${at}.txt` }))?.kind, "fileReceived");
    const verdict = client.verdict("crcValid", `${at}.txt`);
    strictEqual((await client.ask(verdict))?.kind, "acknowledged");
  }
  server.stop();
  await server.ended;
  deepStrictEqual(await storedFiles(services), { "0.txt": PLAIN, "1.txt": PLAIN });
  const last = server.lines.at(-1);
  strictEqual(last?.message, "Stopped");
  const { "@timestamp": _, level: __, logger: ___, message: ____, ...counters } = last;
  deepStrictEqual(counters, {
    "bytes-stored": 2 * PLAIN.byteLength,
    connections: 2,
    "files-received": 2,
    "files-stored": 2,
    "keys-accepted": 2,
    registered: 2,
  });
});

Deno.test("a session is told in the log, by connection, and gives nothing away", async () => {
  await using services = await openServices();
  const server = await startServer({ storage: services });
  using line = await server.connect();
  const client = new TestClient(line, { name: "Alice" });
  await client.introduce();
  await client.file(PLAIN);
  await client.ask(client.verdict("crcValid"));
  await client.ask(client.verdict("crcValid"));
  await client.reconnect();
  server.stop();
  await server.ended;
  const id = digits(client.clientId);
  const told = server.lines.filter(({ connection }) => connection === 1);
  const known = said(told).map((line) => line.replace(/(port |checksum )\d+/, "$1N"));
  const none = 'No checksum of \\"a.txt\\" awaits a verdict';
  // What follows is how the stop found the connection.
  deepStrictEqual(known.slice(0, 7), [
    "DEBUG Connected from port N",
    'INFO "Alice" registered',
    'INFO "Alice" sent a public key and was given an AES key',
    'INFO Received "a.txt": 55 bytes, checksum N',
    'INFO Stored "a.txt": 55 bytes, verified',
    `WARN Refused "crcValid": "no-upload": "${none}"`,
    'INFO "Alice" reconnected and was given an AES key',
  ]);
  deepStrictEqual(new Set(told.map(({ address }) => address)), new Set(["127.0.0.1"]));
  // From the first request of the client on, each line names the client.
  const whose = told.slice(1, 7).map(({ client, name }) => `${client} ${name}`);
  deepStrictEqual(new Set(whose), new Set([`${id.slice(0, 4)}… Alice`]));
  const all = JSON.stringify(server.lines);
  ok(all.includes(`${id.slice(0, 4)}…`));
  for (const secret of [id, id.slice(4, 20), digits(client.aesKey ?? ID), "least of all"]) {
    ok(!all.includes(secret), secret);
  }
});

Deno.test("runServer() ends at once when idle, and refuses connections then", async () => {
  await using services = await openServices();
  const server = await startServer({ storage: services });
  using idle = await server.connect();
  using line = await server.connect();
  const client = new TestClient(line);
  await client.introduce();
  server.stop();
  strictEqual(await client.receive(), undefined);
  strictEqual(await idle.read(), undefined);
  await server.ended;
  ok(said(server.lines).some((line) => /^INFO Stopping: [12] connections are open$/.test(line)));
  await rejects(server.connect(), Deno.errors.ConnectionRefused);
});

Deno.test("runServer() warns at its end of a file that still waits for its verdict", async () => {
  await using services = await openServices();
  const server = await startServer({ storage: services });
  using line = await server.connect();
  const client = new TestClient(line);
  await client.introduce();
  strictEqual((await client.file(PLAIN))?.kind, "fileReceived");
  await line.endSending();
  strictEqual(await client.receive(), undefined);
  // Several round trips later the server has done with the first connection.
  using other = await server.connect();
  await new TestClient(other, { name: "Bob" }).introduce();
  server.stop();
  await server.ended;
  const warning = 'WARN The client gave no verdict on "a.txt"; nothing of it is kept';
  ok(said(server.lines).includes(warning));
  strictEqual(server.lines.at(-1)?.["files-unconfirmed"], 1);
  deepStrictEqual(await storedFiles(services), {});
});

Deno.test("runServer() waits for a file under way until its verdict", async () => {
  await using services = await openServices();
  const server = await startServer({ storage: services });
  using line = await server.connect();
  const client = new TestClient(line);
  await client.introduce();
  strictEqual((await client.file(PLAIN))?.kind, "fileReceived");
  server.stop();
  strictEqual((await client.ask(client.verdict("crcValid")))?.kind, "acknowledged");
  strictEqual(await client.receive(), undefined);
  line.close();
  await server.ended;
  deepStrictEqual(await storedFiles(services), { "a.txt": PLAIN });
});

Deno.test("runServer() ends transfers at the end of the grace period, unstored", async () => {
  await using services = await openServices();
  const server = await startServer({ storage: services, grace: 50 });
  using line = await server.connect();
  const client = new TestClient(line);
  await client.introduce();
  strictEqual((await client.file(PLAIN))?.kind, "fileReceived");
  server.stop();
  await server.ended;
  strictEqual(await client.receive(), undefined);
  deepStrictEqual(await storedFiles(services), {});
  strictEqual(stagedCount(services.store), 0);
  ok(said(server.lines).includes("WARN Ending 1 connections that did not finish in time"));
  strictEqual(server.lines.at(-1)?.["files-cut-off"], 1);
});

Deno.test("runServer() leaves no contents and no timer after a lost client", async () => {
  await using services = await openServices();
  const server = await startServer({ storage: services });
  const line = await server.connect();
  const client = new TestClient(line);
  await client.introduce();
  strictEqual((await client.file(PLAIN))?.kind, "fileReceived");
  line.close();
  // While another client is served, the server hears that the first one has gone.
  using other = await server.connect();
  await new TestClient(other, { name: "Bob" }).introduce();
  server.stop();
  await server.ended;
  strictEqual(stagedCount(services.store), 0);
  deepStrictEqual(await storedFiles(services), {});
});
