import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { REQUEST_HEADER } from "../../shared/protocol3/message.ts";
import { REVISION_NAMES } from "../../shared/protocol3/revision.ts";
import { hex, joined, lcg } from "../kernel/golden_vectors.ts";
import { cut } from "../kernel/told_events.ts";
import { ServedConnections } from "../peers/served_connections.ts";
import { type ClientLink, TestClient } from "../peers/test_client.ts";
import { openServices, stagedCount, storedFiles } from "../peers/test_services.ts";
import { clientIdOf } from "../../shared/wire/client_id.ts";

const PLAIN = lcg(8, 3000);

/** A line that sends in pieces of these sizes. */
function inPieces(line: ClientLink, ...sizes: readonly number[]): ClientLink {
  return {
    async send(bytes) {
      for (const piece of cut(bytes, sizes)) await line.send(piece);
    },
    read: () => line.read(),
  };
}

for (const revision of REVISION_NAMES) {
  Deno.test(`a listener set to ${revision} serves a session and a second one in it`, async () => {
    await using services = await openServices();
    await using server = new ServedConnections(services, { revision });
    const { line, served } = await server.connect();
    const client = new TestClient(line, { revision });
    await client.introduce();
    const packets = client.revision.packets ? 3 : 1;
    strictEqual((await client.file(PLAIN, { packets }))?.kind, "fileReceived");
    strictEqual((await client.ask(client.verdict("crcValid")))?.kind, "acknowledged");
    line.close();
    await served;
    deepStrictEqual(await storedFiles(services), { "a.txt": PLAIN });

    const again = client.over((await server.connect()).line);
    const known = revision === "2022c" ? await again.bringKey() : await again.reconnect();
    strictEqual(known?.kind, revision === "2022c" ? "keyAccepted" : "reconnectAccepted");
    strictEqual((await again.file(PLAIN.subarray(5)))?.kind, "fileReceived");
    strictEqual((await again.ask(again.verdict("crcValid")))?.kind, "acknowledged");
    deepStrictEqual(await storedFiles(services), { "a.txt": PLAIN.slice(5) });
    strictEqual(services.uploads.size + stagedCount(services.store), 0);
  });
}

Deno.test("a listener set to auto takes the revision from the first request", async () => {
  await using services = await openServices();
  await using server = new ServedConnections(services);
  for (const revision of ["2023a", "2024a", "2024c"] as const) {
    const client = new TestClient((await server.connect()).line, { revision, name: revision });
    await client.introduce();
    strictEqual((await client.file(PLAIN))?.kind, "fileReceived");
    strictEqual((await services.catalog.client(client.clientId))?.revision, revision);
  }
});

Deno.test("a listener set to auto uses the revision of a client on record", async () => {
  await using services = await openServices();
  await using listenerOf2023c = new ServedConnections(services, { revision: "2023c" });
  await using server = new ServedConnections(services);
  const { line } = await listenerOf2023c.connect();
  const client = new TestClient(line, { revision: "2023c" });
  await client.introduce();
  const known = client.over((await server.connect()).line);
  strictEqual((await known.reconnect())?.kind, "reconnectAccepted");
  strictEqual(known.aesKey?.byteLength, 16);
  strictEqual((await known.file(PLAIN))?.kind, "fileReceived");
  strictEqual((await known.ask(known.verdict("crcValid")))?.kind, "acknowledged");
});

Deno.test("a session may come in many small writes", async () => {
  await using services = await openServices();
  await using server = new ServedConnections(services);
  for (const [at, sizes] of [[1], [2, 3, 22, 1], [23, 255, 160, 267]].entries()) {
    const { line } = await server.connect();
    const client = new TestClient(inPieces(line, ...sizes), { name: `client ${at}` });
    await client.introduce();
    const plain = PLAIN.subarray(0, 60);
    strictEqual((await client.file(plain, { packets: 3 }))?.kind, "fileReceived");
    strictEqual((await client.ask(client.verdict("crcValid")))?.kind, "acknowledged");
  }
  strictEqual(services.counters.value("files-stored"), 3);
});

Deno.test("several requests may come in one write, and are answered in order", async () => {
  await using services = await openServices();
  await using server = new ServedConnections(services);
  const client = new TestClient((await server.connect()).line);
  await client.introduce();
  await client.send(
    ...await client.messages(PLAIN, { packets: 3 }),
    client.verdict("crcRetry"),
    ...await client.messages(PLAIN, { packets: 2 }),
    client.verdict("crcValid"),
    client.verdict("crcValid"),
    ...await client.messages(PLAIN, { fileName: "b.txt" }),
    client.verdict("crcAbort", "b.txt"),
  );
  const kinds = [];
  for (let count = 0; count < 6; count++) kinds.push((await client.receive())?.kind);
  deepStrictEqual(kinds, [
    ...["fileReceived", "fileReceived", "acknowledged", "serverError"],
    ...["fileReceived", "acknowledged"],
  ]);
});

Deno.test("a client that has stopped sending still gets its last replies", async () => {
  await using services = await openServices();
  await using server = new ServedConnections(services);
  const { line, served } = await server.connect();
  const client = new TestClient(line);
  await client.introduce();
  await client.send(...await client.messages(PLAIN), client.verdict("crcValid"));
  await line.endSending();
  strictEqual((await client.receive())?.kind, "fileReceived");
  strictEqual((await client.receive())?.kind, "acknowledged");
  strictEqual(await client.receive(), undefined);
  line.close();
  await served;
  deepStrictEqual(await storedFiles(services), { "a.txt": PLAIN });
});

for (const [what, code, payloadSize] of [["code", 999, 10], ["size", 1025, 0xffff_ffff]] as const) {
  Deno.test(`after an impossible ${what} the last reply arrives`, async () => {
    await using services = await openServices();
    await using server = new ServedConnections(services);
    const { line, served } = await server.connect();
    const client = new TestClient(line);
    await client.introduce();
    const { clientId } = client;
    await client.send(REQUEST_HEADER.encode({ clientId, version: 3, code, payloadSize }));
    // More than the buffers of both ends: these writes fail if the server does not read them.
    for (let sent = 0; sent < 16; sent++) await client.send(new Uint8Array(1 << 20));
    strictEqual((await client.receive())?.kind, "serverError");
    strictEqual(await client.receive(), undefined);
    line.close();
    await served;
    const reason = what === "code" ? "unknown-code" : "payload-too-large";
    strictEqual(services.counters.value(`refused.${reason}`), 1);
  });
}

Deno.test("crcRetry is acknowledged if no file follows at once", async () => {
  await using services = await openServices();
  await using server = new ServedConnections(services);
  const { line } = await server.connect();
  const client = new TestClient(line);
  await client.introduce();
  await client.file(PLAIN);
  const { clientId } = client;
  deepStrictEqual(await client.ask(client.verdict("crcRetry")), { kind: "acknowledged", clientId });
  strictEqual((await client.file(PLAIN))?.kind, "fileReceived");
  const again = await client.messages(PLAIN);
  strictEqual((await client.ask(client.verdict("crcRetry"), ...again))?.kind, "fileReceived");
  // The refusal shows that crcRetry has been read, so that the file arrives in a later piece.
  const pair = [client.verdict("crcValid", "b.txt"), client.verdict("crcRetry")];
  strictEqual((await client.ask(...pair))?.kind, "serverError");
  strictEqual((await client.ask(...again))?.kind, "fileReceived");
  strictEqual((await client.ask(client.verdict("crcValid")))?.kind, "acknowledged");
  await line.endSending();
  strictEqual(await client.receive(), undefined);
});

Deno.test("a failing catalog costs the revision on record, not the connection", async () => {
  await using services = await openServices();
  const catalog = new Proxy(services.catalog, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key);
      if (key === "client") return () => Promise.reject(new Error("No catalog today"));
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  await using server = new ServedConnections({ ...services, identities: catalog });
  const client = new TestClient((await server.connect()).line, {
    clientId: clientIdOf(hex("01".repeat(16))),
  });
  strictEqual((await client.reconnect())?.kind, "serverError");
  strictEqual((await client.register())?.kind, "registered");
  ok(joined([client.clientId]).some((byte) => byte !== 0));
});
