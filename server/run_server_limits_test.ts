import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { startServer } from "../tests/peers/started_server.ts";
import { TestClient } from "../tests/peers/test_client.ts";
import { openServices } from "../tests/peers/test_services.ts";
import { SYSTEM_CLOCK } from "./system_clock.ts";

Deno.test("runServer() closes connections beyond an address's limit, in two lines", async () => {
  await using services = await openServices();
  const limits = { connectionsPerAddress: 1, leastRate: 0, loopback: true };
  const server = await startServer({ storage: services, limits });
  const line = await server.connect();
  const client = new TestClient(line);
  await client.introduce();
  for (let more = 0; more < 5; more++) {
    using other = await server.connect();
    strictEqual(await other.read(), undefined);
  }
  strictEqual((await client.reconnect())?.kind, "reconnectAccepted");
  line.close();
  server.stop();
  await server.ended;
  const told = server.lines.filter(({ reason }) => reason === "too-many-from-address");
  // The first one, and the other four when the server says something about itself.
  deepStrictEqual(told.map(({ level, times }) => [level, times]), [
    ["WARN", undefined],
    ["WARN", 4],
  ]);
  strictEqual(server.lines.at(-1)?.["refused.too-many-from-address"], 5);
  strictEqual(server.lines.at(-1)?.["connections"], 1);
});

Deno.test("runServer() holds a connection beyond its rate, and refuses more", async () => {
  await using services = await openServices();
  const limits = { connectionRate: 1, loopback: true };
  let now = 0;
  const clock = { ...SYSTEM_CLOCK, now: () => now };
  const server = await startServer({ storage: services, limits, clock });
  for (let count = 0; count < 10; count++) (await server.connect()).close();
  const held = await server.connect();
  const introduced = new TestClient(held).introduce();
  const refused = await server.connect();
  strictEqual(await refused.read(), undefined);
  refused.close();
  // The next token comes after a second.
  now += 1_000;
  await introduced;
  held.close();
  server.stop();
  await server.ended;
  const told = server.lines.find(({ reason }) => reason === "too-many-in-a-second");
  strictEqual(told?.level, "WARN");
  strictEqual(server.lines.at(-1)?.["refused.too-many-in-a-second"], 1);
});

Deno.test("runServer() replies to a verdict at once, though none was acknowledged", async () => {
  await using services = await openServices();
  const server = await startServer({ storage: services });
  const line = await server.connect();
  const client = new TestClient(line);
  await client.introduce();
  const messages = await client.messages(new Uint8Array(100));
  let least = Infinity;
  // A delayed acknowledgement takes 40 ms on Linux (TCP_DELACK_MIN), and more elsewhere.
  const most = 38;
  for (let count = 0; count < 40 || count < 1_000 && least >= most; count++) {
    const begun = SYSTEM_CLOCK.now();
    await client.send(...messages, client.verdict("crcValid"));
    strictEqual((await client.receive())?.kind, "fileReceived");
    strictEqual((await client.receive())?.kind, "acknowledged");
    // Systems acknowledge at once in the first exchanges of a connection.
    if (count >= 20) least = Math.min(least, SYSTEM_CLOCK.now() - begun);
  }
  ok(least < most, `${least} ms`);
  line.close();
  server.stop();
  await server.ended;
});

Deno.test("runServer() gives the place of one of an address to a newcomer", async () => {
  await using services = await openServices();
  const server = await startServer({ storage: services, limits: { connections: 2 } });
  const [first, second] = [await server.connect(), await server.connect()];
  await new TestClient(first, { name: "Alice" }).introduce();
  await new TestClient(second, { name: "Bob" }).introduce();
  const late = await server.connect();
  await new TestClient(late, { name: "Carol" }).introduce();
  // It is as idle as the other one, and older.
  strictEqual(await first.read(), undefined);
  for (const line of [first, second, late]) line.close();
  server.stop();
  await server.ended;
  const counters = server.lines.at(-1);
  strictEqual(counters?.["refused.client-evicted"], 1);
  strictEqual(counters["refused.stranger-evicted"], undefined);
});

Deno.test("runServer() lets no banned address in again, and says so in few lines", async () => {
  await using services = await openServices();
  const limits = { failures: 1, loopback: true };
  const server = await startServer({ storage: services, limits });
  using line = await server.connect();
  const client = new TestClient(line);
  await client.introduce();
  strictEqual((await client.ask(client.verdict("crcValid")))?.kind, "serverError");
  for (let more = 0; more < 3; more++) {
    using other = await server.connect();
    strictEqual(await other.read(), undefined);
  }
  line.close();
  server.stop();
  await server.ended;
  strictEqual(server.lines.at(-1)?.["refused.banned"], 3);
  const told = server.lines.filter(({ address, connection }) =>
    address === "127.0.0.1" && connection === undefined
  );
  deepStrictEqual(told.map(({ message, times }) => [message, times]), [
    ['Banned "127.0.0.1" for 600 s: it failed too often', undefined],
    ['Closed a connection of "127.0.0.1" at once: "banned"', undefined],
    ['Closed a connection of "127.0.0.1" at once: "banned"', 2],
  ]);
});

Deno.test("runServer() applies storage limits, and refuses deviations when strict", async () => {
  for (const strict of [false, true]) {
    await using services = await openServices();
    const limits = { filesPerClient: 1 };
    const server = await startServer({ storage: services, limits, strict });
    using line = await server.connect();
    const client = new TestClient(line);
    await client.introduce();
    const plain = new Uint8Array(40);
    const from0 = await client.file(plain, { head: { packet: 0 } });
    strictEqual(from0?.kind, strict ? "serverError" : "fileReceived");
    strictEqual((await client.file(plain))?.kind, "fileReceived");
    strictEqual((await client.ask(client.verdict("crcValid")))?.kind, "acknowledged");
    strictEqual((await client.file(plain, { fileName: "b.txt" }))?.kind, "serverError");
    line.close();
    server.stop();
    await server.ended;
    const counters = server.lines.at(-1);
    strictEqual(counters?.["refused.client-files-exceeded"], 1);
    strictEqual(counters[strict ? "refused.packets-from-zero" : "deviations.packets-from-zero"], 1);
  }
});

Deno.test("runServer() warns of too many files, and lets stored ones be replaced", async () => {
  await using services = await openServices();
  const plain = new Uint8Array(40);
  const ofTwo = await startServer({ storage: services, limits: { files: 2 } });
  const first = await ofTwo.connect();
  const client = new TestClient(first);
  await client.introduce();
  for (const fileName of ["a.txt", "b.txt"]) {
    strictEqual((await client.file(plain, { fileName }))?.kind, "fileReceived");
    strictEqual((await client.ask(client.verdict("crcValid", fileName)))?.kind, "acknowledged");
  }
  first.close();
  ofTwo.stop();
  await ofTwo.ended;
  const ofOne = await startServer({ storage: services, limits: { files: 1 } });
  const second = await ofOne.connect();
  const again = client.over(second);
  const kinds = [];
  for (const fileName of ["c.txt", "A.txt"]) {
    kinds.push((await again.file(plain, { fileName }))?.kind);
  }
  deepStrictEqual(kinds, ["serverError", "fileReceived"]);
  strictEqual((await again.ask(again.verdict("crcValid", "A.txt")))?.kind, "acknowledged");
  second.close();
  ofOne.stop();
  await ofOne.ended;
  strictEqual(ofOne.lines.at(-1)?.["refused.server-files-exceeded"], 1);
  const told = (lines: typeof ofOne.lines) =>
    lines.filter(({ message }) => message.includes("--max-files")).map(({ level }) => level);
  deepStrictEqual([told(ofTwo.lines), told(ofOne.lines)], [[], ["WARN"]]);
});
