import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { lcg } from "../kernel/golden_vectors.ts";
import { ServedConnections } from "../peers/served_connections.ts";
import { quickRequests, TestClock } from "../peers/test_clock.ts";
import { TestClient } from "../peers/test_client.ts";
import { openServices, recordedLog, TroubledStore } from "../peers/test_services.ts";
import { Counters } from "../../server/observe/counters.ts";
import type { ServerCounter } from "../../server/run_server.ts";
import { SYSTEM_CLOCK } from "../../server/system_clock.ts";

const PLAIN = lcg(8, 3000);
/** Longer than any test. */
const LONG = 3_600_000;

Deno.test("a connection without a whole request is closed after its time limit", async () => {
  await using services = await openServices({ limits: { firstRequestTime: 60, idleTime: LONG } });
  const { log, lines } = await recordedLog();
  await using server = new ServedConnections(services, { log });
  const [silent, begun] = [await server.connect(), await server.connect()];
  await begun.line.send(new TestClient(begun.line).verdict("crcValid").subarray(0, 277));
  for (const { line, served } of [silent, begun]) {
    strictEqual(await line.read(), undefined);
    await served;
  }
  deepStrictEqual(services.counters.snapshot(), { "refused.first-request-late": 2 });
  strictEqual(server.admission.size, 0);
  log.info("Stopped");
  const warnings = lines.filter(({ level }) => level === "WARN");
  deepStrictEqual(
    warnings.map(({ reason, times }) => [reason, times]),
    [["first-request-late", undefined], ["first-request-late", undefined]],
  );
});

Deno.test("bytes do not prolong the time for the first request", async () => {
  await using services = await openServices({ limits: { firstRequestTime: LONG, idleTime: LONG } });
  const clock = new TestClock();
  await using server = new ServedConnections(services, { clock });
  const { line, served, nextRead } = await server.connect();
  clock.advance(LONG - 20);
  const handled = nextRead();
  await line.send(new Uint8Array(1));
  await handled;
  clock.advance(20);
  await served;
  strictEqual(services.counters.value("refused.first-request-late"), 1);
});

Deno.test("the limit for a first request ends with any request, and with a file", async () => {
  await using services = await openServices({
    limits: { firstRequestTime: LONG, idleTime: 100 * LONG, leastRate: 0 },
    clock: quickRequests(),
  });
  const clock = new TestClock();
  await using server = new ServedConnections(services, { clock });
  const known = new TestClient((await server.connect()).line);
  await known.introduce();
  const refused = known.over((await server.connect()).line);
  strictEqual((await refused.ask(refused.verdict("crcValid")))?.kind, "serverError");
  const { line, nextRead } = await server.connect();
  const sending = known.over(line);
  const [message = PLAIN] = await sending.messages(PLAIN);
  const handled = nextRead();
  await sending.send(message.subarray(0, 1000));
  await handled;
  clock.advance(10 * LONG);
  strictEqual((await known.reconnect())?.kind, "reconnectAccepted");
  strictEqual((await refused.reconnect())?.kind, "reconnectAccepted");
  strictEqual((await sending.ask(message.subarray(1000)))?.kind, "fileReceived");
});

Deno.test("a connection without bytes for too long is closed, and its file is parked", async () => {
  await using services = await openServices({ limits: { idleTime: 300 } });
  await using server = new ServedConnections(services);
  const { line, served } = await server.connect();
  const client = new TestClient(line);
  await client.introduce();
  strictEqual((await client.file(PLAIN))?.kind, "fileReceived");
  strictEqual(await client.receive(), undefined);
  await served;
  strictEqual(services.counters.value("refused.timeout"), 1);
  strictEqual(services.uploads.size, 1);
  const fresh = client.over((await server.connect()).line);
  strictEqual((await fresh.ask(fresh.verdict("crcValid")))?.kind, "acknowledged");
});

Deno.test("a client is evicted when the server is full, and can return", async () => {
  await using services = await openServices({ limits: { connections: 1 } });
  await using server = new ServedConnections(services);
  const first = await server.connect();
  const client = new TestClient(first.line);
  await client.introduce();
  const second = await server.connect();
  await first.served;
  strictEqual(services.counters.value("refused.client-evicted"), 1);
  strictEqual((await client.over(second.line).reconnect())?.kind, "reconnectAccepted");
});

Deno.test("a client is not evicted while its file is committed", async () => {
  const store = new TroubledStore();
  await using services = await openServices({ store, limits: { connections: 1 } });
  await using server = new ServedConnections(services);
  const { line, served } = await server.connect();
  const client = new TestClient(line);
  await client.introduce();
  strictEqual((await client.file(PLAIN))?.kind, "fileReceived");
  const [begun, finish] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  store.before = (step) => {
    if (step !== "place") return Promise.resolve();
    begun.resolve();
    return finish.promise;
  };
  const confirmed = client.ask(client.verdict("crcValid"));
  await begun.promise;
  await rejects(server.connect(), /too-many-connections/);
  finish.resolve();
  strictEqual((await confirmed)?.kind, "acknowledged");
  await server.connect();
  await served;
  strictEqual(services.counters.value("refused.client-evicted"), 1);
});

Deno.test("a stranger is evicted when the server is full, and a known client is not", async () => {
  await using services = await openServices({ limits: { strangers: 1 } });
  const { log, lines } = await recordedLog();
  await using server = new ServedConnections(services, { log });
  const first = await server.connect();
  await first.line.send(new Uint8Array(5));
  const { line } = await server.connect();
  await first.served;
  strictEqual(services.counters.value("refused.stranger-evicted"), 1);
  const known = new TestClient(line);
  await known.introduce();
  const third = await server.connect();
  await server.connect();
  await third.served;
  strictEqual((await known.reconnect())?.kind, "reconnectAccepted");
  strictEqual(services.counters.value("refused.stranger-evicted"), 2);
  strictEqual(services.counters.value("refused.truncated-header"), 0);
  strictEqual(server.admission.size, 2);
  log.info("Stopped");
  const warnings = lines.filter(({ level }) => level === "WARN");
  deepStrictEqual(warnings.map(({ reason }) => reason), Array(2).fill("stranger-evicted"));
});

Deno.test("a stranger is evicted at once, even while its request is handled", async () => {
  const begun = Promise.withResolvers<void>();
  const counters = new class extends Counters<ServerCounter> {
    override add(name: ServerCounter): void {
      super.add(name);
      if (name === "deviations.connection-per-request") begun.resolve();
    }
  }();
  // The verdict waits for a missing upload.
  const clock = new TestClock();
  await using services = await openServices({ limits: { strangers: 1 }, clock });
  await using server = new ServedConnections({ ...services, counters });
  const { line, served } = await server.connect();
  await line.send(new TestClient(line).verdict("crcValid"));
  await begun.promise;
  await server.connect();
  strictEqual(await line.read().catch(() => undefined), undefined);
  // The wait ends with its connection, and not by the clock.
  await served;
  strictEqual(counters.value("refused.stranger-evicted"), 1);
});

Deno.test("the client that has to make room is the one that sent the least content", async () => {
  await using services = await openServices({ limits: { connections: 3, loopback: true } });
  await using server = new ServedConnections(services);
  const addresses = ["192.0.2.1", "192.0.2.2", "192.0.2.3"];
  const sizes = [3000, 1000, 2000];
  const clients = [];
  for (const [at, from] of addresses.entries()) {
    const { line, served } = await server.connect({ from });
    const client = new TestClient(line, { name: `Client ${at}` });
    await client.introduce();
    strictEqual((await client.file(lcg(at, sizes[at] ?? 0)))?.kind, "fileReceived");
    clients.push({ client, served });
  }
  await server.connect({ from: "198.51.100.1" });
  await clients[1]?.served;
  for (const at of [0, 2]) {
    strictEqual((await clients[at]?.client.reconnect())?.kind, "reconnectAccepted");
  }
  strictEqual(services.counters.value("refused.client-evicted"), 1);
});

Deno.test("a failure over the limit is answered late; then the address is banned", async () => {
  const clock = quickRequests();
  const limits = { failures: 1, loopback: true };
  await using services = await openServices({ limits, clock });
  await using server = new ServedConnections(services);
  const { line, served } = await server.connect();
  const other = await server.connect();
  const client = new TestClient(line);
  await client.introduce();
  const requests = [client.verdict("crcValid"), client.verdict("crcValid"), new Uint8Array(5)];
  // Requests received together with the failure are still answered.
  strictEqual((await client.ask(...requests))?.kind, "serverError");
  strictEqual(clock.waits.some((wait) => wait >= 100 && wait < 2_000), true);
  strictEqual((await client.receive())?.kind, "serverError");
  strictEqual(await client.receive(), undefined);
  line.close();
  await served;
  strictEqual(services.counters.value("refused.truncated-header"), 0);
  await rejects(server.connect(), /banned/);
  const known = client.over(other.line);
  strictEqual((await known.reconnect())?.kind, "reconnectAccepted");
  strictEqual(await known.receive(), undefined);
});

Deno.test("an unexpected error ends one connection, with one line in the log", async () => {
  await using services = await openServices();
  const { log, lines } = await recordedLog();
  const clock = { broken: false };
  const now = () => {
    if (clock.broken) throw new Error("The clock fell\ndown");
    return 0;
  };
  await using server = new ServedConnections(services, { log, clock: { ...SYSTEM_CLOCK, now } });
  const { line, served } = await server.connect();
  const other = new TestClient((await server.connect()).line);
  clock.broken = true;
  await line.send(new Uint8Array(1));
  await served;
  clock.broken = false;
  strictEqual((await other.register())?.kind, "registered");
  strictEqual(services.counters.value("refused.internal-error"), 1);
  strictEqual(server.admission.size, 1);
  const [fault] = lines.filter(({ level }) => level === "ERROR");
  strictEqual(fault?.message, 'The connection failed: "The clock fell\\ndown"');
});
