import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { ServedConnections } from "../peers/served_connections.ts";
import { talkingClient } from "../peers/talk.ts";
import { TestClock } from "../peers/test_clock.ts";
import { TestClient } from "../peers/test_client.ts";
import { openServices } from "../peers/test_services.ts";

/** Registers a name over a connection of its own, which then ends. */
async function registersAndLeaves(server: ServedConnections): Promise<TestClient> {
  const { line, served } = await server.connect();
  const client = new TestClient(line, { name: "Alice" });
  strictEqual((await client.register())?.kind, "registered");
  line.close();
  await served;
  return client;
}

Deno.test("a name is free for its address 10 s after its connection ended", async () => {
  await using services = await openServices();
  const clock = new TestClock();
  await using server = new ServedConnections(services, { clock });
  const first = await registersAndLeaves(server);
  const second = new TestClient((await server.connect()).line, { name: "Alice" });
  clock.advance(9_999);
  strictEqual((await second.register())?.kind, "registrationRefused");
  clock.advance(1);
  strictEqual((await second.register())?.kind, "registered");
  const late = first.over((await server.connect()).line);
  deepStrictEqual(await late.bringKey(), { kind: "serverError" });
  strictEqual((await second.bringKey())?.kind, "keyAccepted");
});

Deno.test("a name is not free while the connection that registered it stands", async () => {
  await using services = await openServices();
  const clock = new TestClock();
  await using server = new ServedConnections(services, { clock });
  const first = new TestClient((await server.connect()).line, { name: "Alice" });
  strictEqual((await first.register())?.kind, "registered");
  clock.advance(60_000);
  const second = new TestClient((await server.connect()).line, { name: "Alice" });
  strictEqual((await second.register())?.kind, "registrationRefused");
  strictEqual((await first.bringKey())?.kind, "keyAccepted");
});

Deno.test("a name whose client has brought its key is never free", async () => {
  await using services = await openServices();
  const clock = new TestClock();
  await using server = new ServedConnections(services, { clock });
  const first = await registersAndLeaves(server);
  const again = first.over((await server.connect()).line);
  strictEqual((await again.bringKey())?.kind, "keyAccepted");
  clock.advance(60_000);
  const second = new TestClient((await server.connect()).line, { name: "Alice" });
  strictEqual((await second.register())?.kind, "registrationRefused");
});

Deno.test("a name without a key is free for all after the claim time", async () => {
  let now = Date.now();
  await using services = await openServices({
    limits: { claimTime: 90_000 },
    date: () => new Date(now),
  });
  const first = talkingClient(services, { name: "Alice" });
  strictEqual((await first.register())?.kind, "registered");
  const second = talkingClient(services, { name: "Alice" });
  now += 89_999;
  strictEqual((await second.register())?.kind, "registrationRefused");
  now += 1;
  strictEqual((await second.register())?.kind, "registered");
  deepStrictEqual(await first.bringKey(), { kind: "serverError" });
  deepStrictEqual((await first.reconnect())?.kind, "reconnectRefused");
  strictEqual((await second.bringKey())?.kind, "keyAccepted");
});

Deno.test("the key request of a withdrawn client gets 2101 in 2022c", async () => {
  let now = Date.now();
  await using services = await openServices({ date: () => new Date(now) });
  const first = talkingClient(services, { name: "Alice", revision: "2022c" });
  await first.register();
  now += 600_000;
  const second = talkingClient(services, { name: "Alice", revision: "2022c" });
  strictEqual((await second.register())?.kind, "registered");
  strictEqual((await first.bringKey())?.kind, "registrationRefused");
});
