import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { encodeRequest } from "../../shared/protocol3/request.ts";
import { TextField } from "../../shared/wire/layout.ts";
import { lcg } from "../kernel/golden_vectors.ts";
import { Talk, talkingClient } from "../peers/talk.ts";
import type { TestClient } from "../peers/test_client.ts";
import { openServices, type Services, stagedCount, storedFiles } from "../peers/test_services.ts";
import { quickRequests } from "../peers/test_clock.ts";

const PLAIN = lcg(4, 500);

/** A client with a key, its connection, and a way to open others, which have said nothing yet. */
async function knownClient(services: Services, name = "Michael Jackson") {
  const introduced = talkingClient(services, { name });
  await introduced.introduce();
  const elsewhere = (): readonly [client: TestClient, talk: Talk] => {
    const talk = new Talk(services, "2024a");
    return [introduced.over(talk), talk];
  };
  const [client, talk] = elsewhere();
  return { client, talk, elsewhere };
}

Deno.test("a verdict may come on a fresh connection once that of the file has ended", async () => {
  await using services = await openServices();
  const { client, talk, elsewhere } = await knownClient(services);
  strictEqual((await client.file(PLAIN))?.kind, "fileReceived");
  await talk.end();
  const [fresh, freshTalk] = elsewhere();
  strictEqual((await fresh.ask(fresh.verdict("crcValid")))?.kind, "acknowledged");
  deepStrictEqual(await storedFiles(services), { "a.txt": PLAIN });
  strictEqual((await fresh.file(PLAIN.subarray(1)))?.kind, "fileReceived");
  await freshTalk.end();
  const [last] = elsewhere();
  strictEqual((await last.ask(last.verdict("crcAbort")))?.kind, "acknowledged");
  strictEqual(services.uploads.size + stagedCount(services.store), 0);
  deepStrictEqual(await storedFiles(services), { "a.txt": PLAIN });
});

Deno.test("a verdict before the end of the old connection waits for it", async () => {
  await using services = await openServices();
  const { client, talk, elsewhere } = await knownClient(services);
  await client.file(PLAIN);
  const [fresh] = elsewhere();
  const reply = fresh.ask(fresh.verdict("crcValid"));
  await talk.end();
  strictEqual((await reply)?.kind, "acknowledged");
});

Deno.test("crcRetry may come on a fresh connection, and the file again on a third", async () => {
  await using services = await openServices();
  const { client, talk, elsewhere } = await knownClient(services);
  await client.file(PLAIN);
  await talk.end();
  const [second, secondTalk] = elsewhere();
  strictEqual(await second.ask(second.verdict("crcRetry")), undefined);
  strictEqual(secondTalk.connection.silenceLimit, 400);
  await secondTalk.end();
  strictEqual(stagedCount(services.store), 0);
  const [third] = elsewhere();
  strictEqual((await third.file(PLAIN))?.kind, "fileReceived");
  strictEqual((await third.ask(third.verdict("crcValid")))?.kind, "acknowledged");
});

Deno.test("each request may come on a connection of its own, packets too", async () => {
  await using services = await openServices();
  const { client, elsewhere } = await knownClient(services);
  const messages = await client.messages(PLAIN, { packets: 5 });
  const replies = [];
  for (const message of [...messages, client.verdict("crcValid")]) {
    const [fresh, talk] = elsewhere();
    replies.push((await fresh.ask(message))?.kind);
    await talk.end();
  }
  const silent = Array(4).fill(undefined);
  deepStrictEqual(replies, [...silent, "fileReceived", "acknowledged"]);
  deepStrictEqual(await storedFiles(services), { "a.txt": PLAIN });
});

Deno.test("a packet may arrive while the one before it is being processed", async () => {
  await using services = await openServices();
  const { client, elsewhere } = await knownClient(services);
  const messages = await client.messages(PLAIN, { packets: 3 });
  const [one, two, three] = [elsewhere(), elsewhere(), elsewhere()];
  // The client waits for no reply between its packets, since there is none.
  const sent = [one, two, three].map(async ([fresh, talk], at) => {
    await fresh.send(messages[at] ?? PLAIN);
    if (talk !== three[1]) await talk.end();
  });
  await Promise.all(sent);
  strictEqual((await three[0].receive())?.kind, "fileReceived");
});

Deno.test("a verdict on a fresh connection is for the newest checksum of the file", async () => {
  await using services = await openServices();
  const { elsewhere } = await knownClient(services);
  for (const size of [100, 200]) {
    const [client, talk] = elsewhere();
    strictEqual((await client.file(PLAIN.subarray(0, size)))?.kind, "fileReceived");
    await talk.end();
  }
  const [fresh] = elsewhere();
  strictEqual((await fresh.ask(fresh.verdict("crcValid")))?.kind, "acknowledged");
  deepStrictEqual(await storedFiles(services), { "a.txt": PLAIN.slice(0, 200) });
  strictEqual(services.uploads.size + stagedCount(services.store), 0);
});

Deno.test("a connection that took a file over sends the rest of it, and the verdict", async () => {
  await using services = await openServices();
  const { client, talk, elsewhere } = await knownClient(services);
  const messages = await client.messages(PLAIN, { packets: 3 });
  await client.send(...messages.slice(0, 1));
  strictEqual(talk.connection.transferring, true);
  await talk.end();
  strictEqual(talk.connection.transferring, false);
  const [fresh] = elsewhere();
  strictEqual((await fresh.ask(...messages.slice(1)))?.kind, "fileReceived");
  strictEqual((await fresh.ask(fresh.verdict("crcValid")))?.kind, "acknowledged");
});

Deno.test("only the packet that is due, of the very same file, takes it over", async () => {
  await using services = await openServices({ clock: quickRequests() });
  const { client, talk, elsewhere } = await knownClient(services);
  const messages = await client.messages(PLAIN, { packets: 3 });
  const others = await client.messages(PLAIN, { packets: 3, fileName: "b.txt" });
  const longer = await client.messages(PLAIN.subarray(1), { packets: 3 });
  await client.send(...messages.slice(0, 1));
  await talk.end();
  for (const wrong of [messages[2], others[1], longer[1]]) {
    const [fresh] = elsewhere();
    strictEqual((await fresh.ask(wrong ?? PLAIN))?.kind, "serverError");
  }
  const [fresh] = elsewhere();
  strictEqual((await fresh.ask(...messages.slice(1)))?.kind, "fileReceived");
});

Deno.test("a connection that has said something else cannot take a file over", async () => {
  await using services = await openServices({ clock: quickRequests() });
  const { client, talk, elsewhere } = await knownClient(services);
  const messages = await client.messages(PLAIN, { packets: 2 });
  await client.send(...messages.slice(0, 1));
  await talk.end();
  const { revision, clientId } = client;
  const name = TextField.of("Somebody else");
  const openings: readonly ((busy: TestClient) => Promise<unknown>)[] = [
    (busy) => busy.reconnect(),
    (busy) => busy.bringKey(),
    (busy) => busy.ask(encodeRequest(revision, { kind: "register", clientId, name })),
    (busy) => busy.ask(busy.verdict("crcValid", "b.txt")),
    (busy) => busy.file(PLAIN, { fileName: "b.txt" }),
  ];
  for (const open of openings) {
    const [busy] = elsewhere();
    await open(busy);
    strictEqual((await busy.ask(...messages.slice(1)))?.kind, "serverError");
  }
  const [fresh, freshTalk] = elsewhere();
  strictEqual((await fresh.ask(...messages.slice(1)))?.kind, "fileReceived");
  await freshTalk.end();
  for (const open of openings) {
    const [busy] = elsewhere();
    await open(busy);
    strictEqual((await busy.ask(busy.verdict("crcValid")))?.kind, "serverError");
  }
  deepStrictEqual(await storedFiles(services), {});
});

Deno.test("no one can continue, end or replace an upload of a live connection", async () => {
  await using services = await openServices({ clock: quickRequests() });
  const { client, elsewhere } = await knownClient(services);
  const messages = await client.messages(PLAIN, { packets: 2 });
  await client.send(...messages.slice(0, 1));
  const attempts = [
    ...messages.slice(1),
    ...(["crcValid", "crcRetry", "crcAbort"] as const).map((kind) => client.verdict(kind)),
  ];
  const replies = await Promise.all(attempts.map((message) => elsewhere()[0].ask(message)));
  deepStrictEqual(replies.map((reply) => reply?.kind), Array(4).fill("serverError"));
  // The same name from the beginning is another upload, beside the first one.
  const [rival] = elsewhere();
  strictEqual((await rival.file(PLAIN.subarray(1)))?.kind, "fileReceived");
  strictEqual((await client.ask(...messages.slice(1)))?.kind, "fileReceived");
  strictEqual((await client.ask(client.verdict("crcValid")))?.kind, "acknowledged");
  deepStrictEqual(await storedFiles(services), { "a.txt": PLAIN });
});

Deno.test("nobody can confirm or end a file that a live connection waits to confirm", async () => {
  await using services = await openServices({ clock: quickRequests() });
  const { client, elsewhere } = await knownClient(services);
  await client.file(PLAIN);
  const kinds = ["crcValid", "crcRetry", "crcAbort"] as const;
  const replies = await Promise.all(kinds.map(async (kind) => {
    const [fresh] = elsewhere();
    return (await fresh.ask(fresh.verdict(kind)))?.kind;
  }));
  deepStrictEqual(replies, Array(3).fill("serverError"));
  deepStrictEqual(await storedFiles(services), {});
  strictEqual((await client.ask(client.verdict("crcValid")))?.kind, "acknowledged");
  deepStrictEqual(await storedFiles(services), { "a.txt": PLAIN });
});

Deno.test("a client cannot touch what another one has left, whatever it is called", async () => {
  await using services = await openServices({ clock: quickRequests() });
  const alice = await knownClient(services, "Alice");
  const bob = await knownClient(services, "Bob");
  const messages = await bob.client.messages(PLAIN, { packets: 2 });
  await alice.client.file(PLAIN);
  await alice.talk.end();
  const { client } = bob;
  strictEqual((await client.ask(client.verdict("crcAbort")))?.kind, "serverError");
  const [fresh] = bob.elsewhere();
  strictEqual((await fresh.ask(...messages.slice(1)))?.kind, "serverError");
  const [owner] = alice.elsewhere();
  strictEqual((await owner.ask(owner.verdict("crcValid")))?.kind, "acknowledged");
});

Deno.test("a file whose connection ends inside a request is dropped", async () => {
  await using services = await openServices({ clock: quickRequests() });
  const { client, talk, elsewhere } = await knownClient(services);
  const [message = PLAIN] = await client.messages(PLAIN);
  await client.send(message.subarray(0, message.byteLength - 1));
  await talk.end();
  strictEqual(services.uploads.size + stagedCount(services.store), 0);
  strictEqual(services.counters.value("files-cut-off"), 1);
  const [fresh] = elsewhere();
  strictEqual((await fresh.ask(fresh.verdict("crcValid")))?.kind, "serverError");
});
