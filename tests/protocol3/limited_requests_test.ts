import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { REQUEST_HEADER } from "../../shared/protocol3/message.ts";
import { encodeRequest } from "../../shared/protocol3/request.ts";
import { TextField } from "../../shared/wire/layout.ts";
import { lcg } from "../kernel/golden_vectors.ts";
import { Talk, talkingClient } from "../peers/talk.ts";
import { PUBLIC_KEY, TestClient } from "../peers/test_client.ts";
import {
  openServices,
  type Services,
  stagedCount,
  storedFiles,
  TroubledStore,
} from "../peers/test_services.ts";
import type { ClientSlot } from "../../server/listening/protocol_connection.ts";
import { quickRequests } from "../peers/test_clock.ts";
import { clientIdOf } from "../../shared/wire/client_id.ts";

const PLAIN = lcg(6, 1000);
const STRANGER = clientIdOf(new Uint8Array(16).fill(0x55));

/** A slot that writes down what the conversation says of its client. */
function watchedSlot({ names = Infinity } = {}): ClientSlot & { readonly said: string[] } {
  const said: string[] = [];
  let left = names;
  return {
    said,
    identified: () => void said.push("identified"),
    addressKey: "192.0.2.1",
    moved() {},
    pin: () => ({ [Symbol.dispose]() {} }),
    registers: () => Promise.resolve(left-- > 0),
    registered: () => undefined,
    abandoned: () => undefined,
    didNotRegister: () => void left++,
    refused: () => 0,
    failed() {
      said.push("failed");
      return 0;
    },
  };
}

/** A client with a key, on a connection that has said nothing yet and is watched. */
async function watchedClient(services: Services) {
  const introduced = talkingClient(services);
  await introduced.introduce();
  const slot = watchedSlot();
  return { client: introduced.over(new Talk(services, "2024a", { slot })), said: slot.said };
}

/** First requests of a client that identify it. */
const KNOWN: readonly (readonly [what: string, ask: (client: TestClient) => Promise<unknown>])[] = [
  ["a public key", (client) => client.bringKey()],
  ["a reconnect", (client) => client.reconnect()],
  ["a file", (client) => client.file(PLAIN)],
  ["the first packet", async (client) => {
    const [first = PLAIN] = await client.messages(PLAIN, { packets: 3 });
    await client.send(first.subarray(0, 300));
  }],
];

for (const [what, ask] of KNOWN) {
  Deno.test(`a client is identified after ${what}, with a known id only`, async () => {
    await using services = await openServices({ clock: quickRequests() });
    const { client, said } = await watchedClient(services);
    await ask(client);
    deepStrictEqual(said, ["identified"]);
    const slot = watchedSlot();
    const talk = new Talk(services, "2024a", { slot });
    const { aesKey } = client;
    await ask(new TestClient(talk, { clientId: STRANGER, ...(aesKey && { aesKey }) }));
    // A client that returns to a server that lost its catalog is honest.
    const comesBack = what === "a reconnect" || what === "a public key";
    deepStrictEqual(slot.said, comesBack ? [] : ["failed"]);
  });
}

Deno.test("a client is known after a registration and a verdict, if they are granted", async () => {
  await using services = await openServices();
  const slot = watchedSlot();
  const client = talkingClient(services, { slot });
  await client.register();
  deepStrictEqual(slot.said, ["identified"]);
  strictEqual((await client.register())?.kind, "registrationRefused");
  deepStrictEqual(slot.said, ["identified"]);
  await client.bringKey();
  await client.file(PLAIN);
  slot.said.length = 0;
  await client.ask(client.verdict("crcAbort"));
  deepStrictEqual(slot.said, ["identified"]);
  await client.ask(client.verdict("crcAbort"));
  deepStrictEqual(slot.said, ["identified", "failed"]);
});

Deno.test("what an honest client may come to is no failure", async () => {
  await using services = await openServices();
  const { client, said } = await watchedClient(services);
  const [first = PLAIN, , third = PLAIN] = await client.messages(PLAIN, { packets: 3 });
  const kinds = [
    await client.register(),
    await client.ask(first, third),
    await client.file(PLAIN, { fileName: new TextField(new Uint8Array(255)) }),
  ].map((reply) => reply?.kind);
  deepStrictEqual(kinds, ["registrationRefused", "serverError", "serverError"]);
  deepStrictEqual(said.filter((word) => word === "failed"), []);
});

Deno.test("what only a guess explains is a failure", async () => {
  await using services = await openServices();
  const { client, said } = await watchedClient(services);
  const { revision, clientId } = client;
  const header = { clientId, version: 3, code: 999, payloadSize: 0 };
  const name = TextField.of("Somebody else");
  const guesses = [
    client.verdict("crcValid"),
    encodeRequest(revision, { kind: "reconnect", clientId, name }),
    encodeRequest(revision, { kind: "publicKey", clientId, name, publicKey: PUBLIC_KEY }),
    REQUEST_HEADER.encode(header),
  ];
  await client.reconnect();
  said.length = 0;
  for (const guess of guesses) await client.ask(guess);
  deepStrictEqual(said, guesses.map(() => "failed"));
});

Deno.test("the answer to a failure waits as long as the slot says", async () => {
  const clock = quickRequests();
  await using services = await openServices({ clock });
  const slot = { ...watchedSlot(), failed: () => 40 };
  const client = talkingClient(services, { slot });
  await client.introduce();
  strictEqual(clock.waits.includes(40), false);
  strictEqual((await client.ask(client.verdict("crcValid")))?.kind, "serverError");
  strictEqual(clock.waits.includes(40), true);
});

Deno.test("a name beyond the limit is refused before it is looked up", async () => {
  await using services = await openServices();
  const slot = watchedSlot({ names: 1 });
  for (const [at, name] of ["Alice", "Bob"].entries()) {
    const kind = (await talkingClient(services, { slot, name }).register())?.kind;
    strictEqual(kind, at === 0 ? "registered" : "serverError");
  }
  strictEqual(services.counters.value("refused.too-many-names"), 1);
  strictEqual((await talkingClient(services, { name: "Bob" }).register())?.kind, "registered");
});

Deno.test("a refused name does not count against its address", async () => {
  await using services = await openServices();
  await talkingClient(services, { name: "Alice" }).register();
  const slot = watchedSlot({ names: 1 });
  for (const name of ["Alice", "Alice", "Bob", "Carol"]) {
    const kind = (await talkingClient(services, { slot, name }).register())?.kind;
    const expected = { Alice: "registrationRefused", Bob: "registered", Carol: "serverError" };
    strictEqual(kind, Object.entries(expected).find(([key]) => key === name)?.[1]);
  }
});

Deno.test("a file without room is refused before any of it is stored", async () => {
  await using services = await openServices({ limits: { bytesPerClient: 1000 } });
  const client = talkingClient(services);
  await client.introduce();
  // The content of 1008 bytes may be as long when it is decrypted.
  strictEqual((await client.file(PLAIN, { packets: 3 }))?.kind, "serverError");
  strictEqual(await client.receive(), undefined);
  strictEqual(services.counters.value("refused.client-bytes-exceeded"), 1);
  strictEqual(services.uploads.size + stagedCount(services.store), 0);
  strictEqual((await client.file(PLAIN.subarray(100)))?.kind, "fileReceived");
  strictEqual((await client.ask(client.verdict("crcValid")))?.kind, "acknowledged");
  strictEqual((await client.file(PLAIN.subarray(900)))?.kind, "serverError");
  deepStrictEqual(await storedFiles(services), { "a.txt": PLAIN.slice(100) });
});

Deno.test("a file that is not kept gives its room back, however it ends", async () => {
  const store = new TroubledStore();
  await using services = await openServices({ store, limits: { filesPerClient: 1 } });
  const client = talkingClient(services);
  await client.introduce();
  const received = async () => strictEqual((await client.file(PLAIN))?.kind, "fileReceived");
  const [first = PLAIN, second = PLAIN, third = PLAIN] = await client.messages(PLAIN, {
    packets: 3,
  });
  await received();
  await client.ask(client.verdict("crcAbort"));
  await received();
  await client.send(client.verdict("crcRetry"));
  strictEqual((await client.ask(first, third))?.kind, "serverError");
  await client.send(first, second);
  // Another file replaces it, or the disk fails.
  await received();
  store.before = () => Promise.reject(new Error("The disk is full"));
  strictEqual((await client.file(PLAIN))?.kind, "serverError");
  store.before = () => Promise.resolve();
  const stage = store.stage.bind(store);
  store.stage = () => Promise.reject(new Error("No descriptor is left"));
  strictEqual((await client.file(PLAIN))?.kind, "serverError");
  store.stage = stage;
  await received();
  strictEqual((await client.ask(client.verdict("crcValid")))?.kind, "acknowledged");
  strictEqual((await client.file(PLAIN, { fileName: "b.txt" }))?.kind, "serverError");
  strictEqual(services.counters.value("refused.client-files-exceeded"), 1);
});

Deno.test("a slow upload is refused once, and its rest is dropped", async () => {
  await using services = await openServices();
  const talk = new Talk(services, "2024a");
  const client = new TestClient(talk);
  await client.introduce();
  const [message = PLAIN] = await client.messages(PLAIN);
  await client.send(message.subarray(0, 500));
  strictEqual(talk.connection.inContent, true);
  await talk.connection.refuseSlowFile();
  strictEqual((await client.receive())?.kind, "serverError");
  strictEqual(services.counters.value("refused.too-slow"), 1);
  strictEqual(services.uploads.size + stagedCount(services.store), 0);
  strictEqual(await client.ask(message.subarray(500)), undefined);
  strictEqual((await client.file(PLAIN))?.kind, "fileReceived");
});
