import { deepStrictEqual, notDeepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { type ClientId, clientIdOf, NO_CLIENT_ID } from "../../../shared/wire/client_id.ts";
import { sameBytes } from "../../../shared/wire/bytes.ts";
import { ProtocolError } from "../../../shared/protocol3/protocol_error.ts";
import { REVISIONS } from "../../../shared/protocol3/revision.ts";
import { TextField } from "../../../shared/wire/layout.ts";
import { Talk, talkingClient } from "../../../tests/peers/talk.ts";
import { PUBLIC_KEY } from "../../../tests/peers/test_client.ts";
import { openServices, storedFiles } from "../../../tests/peers/test_services.ts";
import { Refusal } from "../refusal.ts";
import type { Catalog } from "../../storage/versions/catalog.ts";
import { acceptPublicKey, reconnect, register } from "./identification.ts";

const revision = REVISIONS["2024a"];
const ALICE = TextField.of("Alice");
const STRANGER = clientIdOf(new Uint8Array(16).fill(0x55));
const PLAIN = new TextEncoder().encode("The quick brown fox");

/** Registers Alice and returns her id. */
async function registered(catalog: Catalog): Promise<ClientId> {
  const request = {
    kind: "register",
    clientId: NO_CLIENT_ID,
    name: ALICE,
  } as const;
  return (await register(request, { identities: catalog, revision })).clientId;
}

function refusedAs(reason: string): (error: unknown) => boolean {
  return (error) =>
    (error instanceof Refusal || error instanceof ProtocolError) && error.reason === reason;
}

Deno.test("register() gives random ids and puts name and revision on record", async () => {
  await using services = await openServices();
  const { catalog } = services;
  const clientId = await registered(catalog);
  const record = await catalog.client(clientId);
  strictEqual(record?.name, "Alice");
  strictEqual(record.revision, "2024a");
  strictEqual(record.publicKey, undefined);
  const name = TextField.of("Bob");
  const other = await register({ kind: "register", clientId, name }, {
    identities: catalog,
    revision,
  });
  notDeepStrictEqual(other.clientId, clientId);
  strictEqual(other.aesKey, undefined);
});

Deno.test("register() refuses a name that is taken, also to the client that has it", async () => {
  await using services = await openServices();
  const { catalog } = services;
  const clientId = await registered(catalog);
  for (const id of [NO_CLIENT_ID, clientId, STRANGER]) {
    const request = { kind: "register", clientId: id, name: ALICE } as const;
    await rejects(register(request, { identities: catalog, revision }), refusedAs("name-taken"));
  }
  strictEqual((await catalog.client(clientId))?.name, "Alice");
});

Deno.test("acceptPublicKey() refuses unknown ids, other names and bad keys", async () => {
  await using services = await openServices();
  const { catalog } = services;
  const clientId = await registered(catalog);
  const request = { kind: "publicKey", clientId, name: ALICE, publicKey: PUBLIC_KEY } as const;
  const cases = [
    [{ ...request, clientId: STRANGER }, "unknown-client"],
    [{ ...request, name: TextField.of("alice") }, "name-mismatch"],
    [{ ...request, publicKey: new Uint8Array(160) }, "public-key-invalid"],
  ] as const;
  for (const [wrong, reason] of cases) {
    await rejects(acceptPublicKey(wrong, { identities: catalog, revision }), refusedAs(reason));
  }
  const record = await catalog.client(clientId);
  deepStrictEqual([record?.publicKey, record?.aesKey], [undefined, undefined]);
  await acceptPublicKey(request, { identities: catalog, revision });
  deepStrictEqual((await catalog.client(clientId))?.publicKey, PUBLIC_KEY);
});

Deno.test("reconnect() refuses unknown ids, other names, clients without keys", async () => {
  await using services = await openServices();
  const { catalog } = services;
  const clientId = await registered(catalog);
  const request = { kind: "reconnect", clientId, name: ALICE } as const;
  const cases = [
    [{ ...request, clientId: STRANGER }, "unknown-client"],
    [{ ...request, name: TextField.of("Bob") }, "name-mismatch"],
    [request, "no-public-key"],
  ] as const;
  for (const [wrong, reason] of cases) {
    await rejects(reconnect(wrong, { identities: catalog, revision }), refusedAs(reason));
  }
});

Deno.test("a name ends at its first NUL, whatever stands behind it", async () => {
  await using services = await openServices();
  const { catalog } = services;
  const clientId = await registered(catalog);
  const field = new Uint8Array(255).fill(0x78);
  field.set(new TextEncoder().encode("Alice\0"));
  const name = new TextField(field);
  const publicKey = PUBLIC_KEY;
  await acceptPublicKey({ kind: "publicKey", clientId, name, publicKey }, {
    identities: catalog,
    revision,
  });
  await reconnect({ kind: "reconnect", clientId, name }, { identities: catalog, revision });
  const again = register({ kind: "register", clientId, name }, { identities: catalog, revision });
  await rejects(again, refusedAs("name-taken"));
});

Deno.test("a refused reconnect is answered with the id that was sent", async () => {
  await using services = await openServices();
  const client = talkingClient(services, { clientId: STRANGER });
  deepStrictEqual(await client.reconnect(), { kind: "reconnectRefused", clientId: STRANGER });
  await client.register();
  const expected = { kind: "reconnectRefused", clientId: client.clientId };
  deepStrictEqual(await client.reconnect(), expected);
  const other = talkingClient(services, { clientId: client.clientId, name: "Bob" });
  deepStrictEqual(await other.reconnect(), expected);
  strictEqual((await client.bringKey())?.kind, "keyAccepted");
});

Deno.test("each public key and each reconnect is answered with a new AES key", async () => {
  await using services = await openServices();
  const client = talkingClient(services);
  await client.introduce();
  const keys = [client.aesKey];
  for (const ask of [() => client.bringKey(), () => client.reconnect(), () => client.reconnect()]) {
    await ask();
    keys.push(client.aesKey);
  }
  strictEqual(new Set(keys.map((key) => key?.join())).size, 4);
  deepStrictEqual((await services.catalog.client(client.clientId))?.aesKey, client.aesKey);
});

Deno.test("two connections of one client have a key each", async () => {
  await using services = await openServices();
  const one = talkingClient(services);
  await one.introduce();
  const two = one.over(new Talk(services, "2024a"));
  strictEqual((await two.reconnect())?.kind, "reconnectAccepted");
  notDeepStrictEqual(one.aesKey, two.aesKey);
  const first = await one.messages(PLAIN, { fileName: "one", packets: 2 });
  const second = await two.messages(PLAIN, { fileName: "two", packets: 2 });
  const replies = [];
  for (const packet of [0, 1]) {
    for (const [client, messages] of [[one, first], [two, second]] as const) {
      replies.push(await client.ask(...messages.slice(packet, packet + 1)));
    }
  }
  const sums = replies.map((reply) => reply?.kind === "fileReceived" ? reply.checksum : undefined);
  strictEqual(sums[2], sums[3]);
  deepStrictEqual(sums.slice(0, 2), [undefined, undefined]);
  for (const [client, name] of [[one, "one"], [two, "two"]] as const) {
    strictEqual((await client.ask(client.verdict("crcValid", name)))?.kind, "acknowledged");
  }
  const sizes = (await services.catalog.files()).map(({ size }) => size);
  deepStrictEqual(sizes, [PLAIN.byteLength, PLAIN.byteLength]);
});

Deno.test("a connection that asked for no key uses the newest one of the id", async () => {
  await using services = await openServices();
  const one = talkingClient(services);
  await one.introduce();
  const two = one.over(new Talk(services, "2024a"));
  await two.reconnect();
  for (const [aesKey, newest] of [[one.aesKey, false], [two.aesKey, true]] as const) {
    ok(aesKey);
    const { clientId } = one;
    const fresh = talkingClient(services, { clientId, aesKey });
    await fresh.file(PLAIN);
    await fresh.ask(fresh.verdict("crcValid"));
    const { "a.txt": stored } = await storedFiles(services);
    ok(stored);
    strictEqual(sameBytes(stored, PLAIN), newest);
  }
});

Deno.test("an upload goes on with the key with which it began", async () => {
  await using services = await openServices();
  const client = talkingClient(services);
  await client.introduce();
  const messages = await client.messages(PLAIN, { packets: 2 });
  await client.send(...messages.slice(0, 1));
  strictEqual((await client.reconnect())?.kind, "reconnectAccepted");
  strictEqual((await client.ask(...messages.slice(1)))?.kind, "fileReceived");
  await client.ask(client.verdict("crcValid"));
  strictEqual((await services.catalog.files())[0]?.size, PLAIN.byteLength);
});
