import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { lcg } from "../kernel/golden_vectors.ts";
import { Talk, talkingClient } from "../peers/talk.ts";
import { TestClient } from "../peers/test_client.ts";
import {
  openServices,
  type Services,
  stagedCount,
  storedFiles,
  TroubledStore,
} from "../peers/test_services.ts";
import { StorageError } from "../../server/storage/storage_error.ts";
import { quickRequests } from "../peers/test_clock.ts";
import { clientIdOf } from "../../shared/wire/client_id.ts";

const PLAIN = lcg(9, 3_000);

/** A client whose file waits for its verdict, and its connection. */
async function withFile(services: Services) {
  const talk = new Talk(services, "2024a");
  const client = new TestClient(talk);
  await client.introduce();
  strictEqual((await client.file(PLAIN))?.kind, "fileReceived");
  return { talk, client };
}

/** What the confirmation of `a.txt` is answered with as the first thing on a new connection. */
async function confirmAgain(client: TestClient, services: Services): Promise<string | undefined> {
  const fresh = client.over(new Talk(services, "2024a"));
  return (await fresh.ask(fresh.verdict("crcValid")))?.kind;
}

Deno.test("a repeated confirmation is acknowledged, and stores nothing again", async () => {
  await using services = await openServices({ clock: quickRequests() });
  const { talk, client } = await withFile(services);
  talk.cut();
  await rejects(talk.send(client.verdict("crcValid")), /cut/);
  // Whether the server has noticed the loss or not.
  strictEqual(await confirmAgain(client, services), "acknowledged");
  await talk.end();
  strictEqual(await confirmAgain(client, services), "acknowledged");
  deepStrictEqual(await storedFiles(services), { "a.txt": PLAIN });
  strictEqual(services.counters.value("files-stored"), 1);
  strictEqual(services.counters.value("confirmations-repeated"), 2);
  strictEqual(services.uploads.size + stagedCount(services.store), 0);
});

Deno.test("a slow disk stores a file once, however often it is confirmed", async () => {
  const store = new TroubledStore();
  const [reached, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  store.before = (step) => {
    if (step !== "seal") return Promise.resolve();
    reached.resolve();
    return gate.promise;
  };
  await using services = await openServices({ store, clock: quickRequests() });
  const { client } = await withFile(services);
  const first = client.ask(client.verdict("crcValid"));
  await reached.promise;
  const others = [confirmAgain(client, services), confirmAgain(client, services)];
  strictEqual(services.counters.value("files-stored"), 0);
  gate.resolve();
  strictEqual((await first)?.kind, "acknowledged");
  deepStrictEqual(await Promise.all(others), ["acknowledged", "acknowledged"]);
  strictEqual(services.counters.value("files-stored"), 1);
});

Deno.test("a repeated confirmation gets the same error while storing fails", async () => {
  const store = new TroubledStore();
  const [reached, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  store.before = (step) => {
    if (step !== "seal") return Promise.resolve();
    reached.resolve();
    return gate.promise;
  };
  await using services = await openServices({ store, clock: quickRequests() });
  const { talk, client } = await withFile(services);
  const first = client.ask(client.verdict("crcValid"));
  await reached.promise;
  const other = confirmAgain(client, services);
  gate.reject(new StorageError("disk-full", "The disk is full"));
  deepStrictEqual([(await first)?.kind, await other], ["serverError", "serverError"]);
  strictEqual(services.counters.value("refused.disk-full"), 2);
  // The file is not lost: the next connection that confirms it commits it.
  store.before = () => Promise.resolve();
  await talk.end();
  strictEqual(await confirmAgain(client, services), "acknowledged");
  strictEqual(services.counters.value("files-stored"), 1);
});

Deno.test("a confirmation counts for the contents that were sent last, and no others", async () => {
  await using services = await openServices({ clock: quickRequests() });
  const { client, talk } = await withFile(services);
  await client.ask(client.verdict("crcValid"));
  await talk.end();
  const second = client.over(new Talk(services, "2024a"));
  await second.reconnect();
  const [packet = PLAIN] = await second.messages(lcg(10, 3_000), { packets: 2 });
  await second.send(packet);
  strictEqual(await confirmAgain(client, services), "serverError");
});

Deno.test("nothing is remembered of a file that came over two connections at once", async () => {
  await using services = await openServices({ clock: quickRequests() });
  const { client } = await withFile(services);
  const second = client.over(new Talk(services, "2024a"));
  await second.reconnect();
  const [packet = PLAIN] = await second.messages(lcg(10, 3_000), { packets: 2 });
  await second.send(packet);
  strictEqual((await client.ask(client.verdict("crcValid")))?.kind, "acknowledged");
  strictEqual(await confirmAgain(client, services), "serverError");
});

Deno.test("a confirmation is forgotten once its client continues", async () => {
  await using services = await openServices({ clock: quickRequests() });
  const { client } = await withFile(services);
  await client.ask(client.verdict("crcValid"));
  await client.file(PLAIN, { fileName: "b.txt" });
  strictEqual(await confirmAgain(client, services), "serverError");
});

Deno.test("only a confirmation of this client and file is acknowledged again", async () => {
  await using services = await openServices({ clock: quickRequests() });
  const { client } = await withFile(services);
  await client.ask(client.verdict("crcValid"));
  const stranger = talkingClient(services, { clientId: clientIdOf(new Uint8Array(16).fill(0x55)) });
  strictEqual((await stranger.ask(stranger.verdict("crcValid")))?.kind, "serverError");
  for (const kind of ["crcAbort", "crcRetry"] as const) {
    const fresh = client.over(new Talk(services, "2024a"));
    strictEqual((await fresh.ask(fresh.verdict(kind)))?.kind, "serverError");
  }
  const other = client.over(new Talk(services, "2024a"));
  strictEqual((await other.ask(other.verdict("crcValid", "b.txt")))?.kind, "serverError");
  const strict = client.over(new Talk(services, "2024a", { strict: true }));
  strictEqual((await strict.ask(strict.verdict("crcValid")))?.kind, "serverError");
  strictEqual(services.counters.value("refused.connection-per-request"), 1);
  strictEqual(await confirmAgain(client, services), "acknowledged");
});
