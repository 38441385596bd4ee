import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { Talk, talkingClient } from "../peers/talk.ts";
import { TestClient } from "../peers/test_client.ts";
import {
  openServices,
  servicesOver,
  stagedCount,
  storedFiles,
  TroubledStore,
} from "../peers/test_services.ts";
import { StorageError } from "../../server/storage/storage_error.ts";
import { committerOver } from "../storage/committer_over.ts";

const PLAIN = new TextEncoder().encode("The quick brown fox jumps over the lazy dog.\n");
const DISK_FULL = new StorageError("disk-full", "The disk is full");

/** A store that fails the first `times` times at `step`. */
function storeThatFails(step: "write" | "seal" | "place", times: number): TroubledStore {
  const store = new TroubledStore();
  let left = times;
  store.before = (at) => at === step && left-- > 0 ? Promise.reject(DISK_FULL) : Promise.resolve();
  return store;
}

Deno.test("crcAbort is acknowledged, and nothing of the file is kept", async () => {
  await using services = await openServices();
  const client = talkingClient(services);
  await client.introduce();
  await client.file(PLAIN);
  strictEqual((await client.ask(client.verdict("crcAbort")))?.kind, "acknowledged");
  deepStrictEqual(await storedFiles(services), {});
  strictEqual(services.uploads.size + stagedCount(services.store), 0);
  strictEqual(services.counters.value("files-given-up"), 1);
  strictEqual((await client.ask(client.verdict("crcValid")))?.kind, "serverError");
});

Deno.test("crcRetry drops the file, which then comes again from packet 1", async () => {
  await using services = await openServices();
  const client = talkingClient(services);
  await client.introduce();
  for (const round of [1, 2, 3]) {
    strictEqual((await client.file(PLAIN, { packets: 3 }))?.kind, "fileReceived");
    strictEqual(await client.ask(client.verdict("crcRetry")), undefined);
    strictEqual(services.uploads.size + stagedCount(services.store), 0);
    strictEqual(services.counters.value("checksums-retried"), round);
  }
  strictEqual((await client.file(PLAIN))?.kind, "fileReceived");
  strictEqual((await client.ask(client.verdict("crcValid")))?.kind, "acknowledged");
  deepStrictEqual(await storedFiles(services), { "a.txt": PLAIN });
});

Deno.test("crcAbort after crcRetry without a file is acknowledged once", async () => {
  await using services = await openServices();
  const client = talkingClient(services);
  await client.introduce();
  for (const _ of [1, 2, 3]) {
    await client.file(PLAIN);
    strictEqual(await client.ask(client.verdict("crcRetry")), undefined);
  }
  strictEqual((await client.ask(client.verdict("crcAbort", "b.txt")))?.kind, "serverError");
  strictEqual((await client.ask(client.verdict("crcAbort")))?.kind, "acknowledged");
  strictEqual(services.counters.value("files-given-up"), 1);
  strictEqual((await client.ask(client.verdict("crcAbort")))?.kind, "serverError");
  strictEqual((await client.ask(client.verdict("crcValid")))?.kind, "serverError");
  deepStrictEqual(await storedFiles(services), {});
});

Deno.test("crcAbort after crcRetry is acknowledged on a connection of its own too", async () => {
  await using services = await openServices();
  const talk = new Talk(services, "2024a");
  const client = new TestClient(talk);
  await client.introduce();
  await client.file(PLAIN);
  await client.ask(client.verdict("crcRetry"));
  await talk.end();
  const fresh = client.over(new Talk(services, "2024a"));
  strictEqual((await fresh.ask(fresh.verdict("crcAbort")))?.kind, "acknowledged");
  strictEqual(services.uploads.size, 0);
});

Deno.test("crcAbort is refused while a packet of the file announced again has come", async () => {
  await using services = await openServices();
  const client = talkingClient(services);
  await client.introduce();
  await client.file(PLAIN);
  await client.ask(client.verdict("crcRetry"));
  const messages = await client.messages(PLAIN, { packets: 2 });
  await client.send(...messages.slice(0, 1));
  strictEqual((await client.ask(client.verdict("crcAbort")))?.kind, "serverError");
});

Deno.test("a verdict needs a whole file of its name, and counts once", async () => {
  await using services = await openServices();
  const client = talkingClient(services);
  await client.introduce();
  const messages = await client.messages(PLAIN, { packets: 2 });
  await client.send(...messages.slice(0, 1));
  strictEqual((await client.ask(client.verdict("crcValid")))?.kind, "serverError");
  strictEqual((await client.ask(...messages.slice(1)))?.kind, "fileReceived");
  strictEqual((await client.ask(client.verdict("crcValid", "b.txt")))?.kind, "serverError");
  strictEqual((await client.ask(client.verdict("crcAbort", "A.txt")))?.kind, "serverError");
  strictEqual((await client.ask(client.verdict("crcValid")))?.kind, "acknowledged");
  strictEqual((await client.ask(client.verdict("crcValid")))?.kind, "serverError");
  strictEqual((await client.ask(client.verdict("crcAbort")))?.kind, "serverError");
  deepStrictEqual(await storedFiles(services), { "a.txt": PLAIN });
  strictEqual(services.counters.value("refused.no-upload"), 5);
});

for (const step of ["seal", "place"] as const) {
  Deno.test(`after a failed ${step}() the verdict gets an error, and may repeat`, async () => {
    const store = storeThatFails(step, 1);
    await using services = await openServices({ store });
    const client = talkingClient(services);
    await client.introduce();
    await client.file(PLAIN);
    strictEqual((await client.ask(client.verdict("crcValid")))?.kind, "serverError");
    strictEqual(services.counters.value("refused.disk-full"), 1);
    deepStrictEqual(await storedFiles(services), {});
    strictEqual((await client.ask(client.verdict("crcValid")))?.kind, "acknowledged");
    deepStrictEqual(await storedFiles(services), { "a.txt": PLAIN });
    strictEqual(services.counters.value("files-stored"), 1);
    strictEqual(services.uploads.size + stagedCount(store), 0);
  });
}

Deno.test("a verdict on a new connection may repeat after a failed commit", async () => {
  const store = storeThatFails("place", 1);
  await using services = await openServices({ store });
  const talk = new Talk(services, "2024a");
  const client = new TestClient(talk);
  await client.introduce();
  await client.file(PLAIN);
  await talk.end();
  const fresh = client.over(new Talk(services, "2024a"));
  strictEqual((await fresh.ask(fresh.verdict("crcValid")))?.kind, "serverError");
  strictEqual((await fresh.ask(fresh.verdict("crcValid")))?.kind, "acknowledged");
  deepStrictEqual(await storedFiles(services), { "a.txt": PLAIN });
});

Deno.test("when the catalog cannot record a file its verdict may come again", async () => {
  await using services = await openServices();
  const trouble = { left: 1 };
  const catalog = new Proxy(services.catalog, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key);
      if (typeof value !== "function") return value;
      if (key === "record" && trouble.left-- > 0) return () => Promise.reject(DISK_FULL);
      return value.bind(target);
    },
  });
  const storage = { ...services, committer: committerOver({ ...services, catalog }) };
  const client = talkingClient(servicesOver(storage, services));
  await client.introduce();
  await client.file(PLAIN);
  strictEqual((await client.ask(client.verdict("crcValid")))?.kind, "serverError");
  strictEqual((await client.ask(client.verdict("crcValid")))?.kind, "acknowledged");
  deepStrictEqual(await storedFiles(services), { "a.txt": PLAIN });
  deepStrictEqual(await services.catalog.intents(client.clientId, 9), []);
});

Deno.test("a file that could not be kept may be aborted, and sent again", async () => {
  const store = storeThatFails("place", 1);
  await using services = await openServices({ store });
  const client = talkingClient(services);
  await client.introduce();
  await client.file(PLAIN);
  strictEqual((await client.ask(client.verdict("crcValid")))?.kind, "serverError");
  strictEqual((await client.ask(client.verdict("crcAbort")))?.kind, "acknowledged");
  strictEqual(services.uploads.size + stagedCount(store), 0);
  await client.file(PLAIN);
  strictEqual((await client.ask(client.verdict("crcValid")))?.kind, "acknowledged");
  deepStrictEqual(await storedFiles(services), { "a.txt": PLAIN });
});

Deno.test("a failing disk is answered once, and the file may come again", async () => {
  const store = storeThatFails("write", 1);
  await using services = await openServices({ store });
  const client = talkingClient(services);
  await client.introduce();
  strictEqual((await client.file(PLAIN, { packets: 3 }))?.kind, "serverError");
  strictEqual(await client.receive(), undefined);
  strictEqual(services.uploads.size + stagedCount(store), 0);
  strictEqual((await client.file(PLAIN, { packets: 3 }))?.kind, "fileReceived");
});

Deno.test("an unsendable reply ends the conversation, and parks the file", async () => {
  await using services = await openServices();
  const talk = new Talk(services, "2024a");
  const client = new TestClient(talk);
  await client.introduce();
  const [message = new Uint8Array()] = await client.messages(PLAIN);
  talk.cut();
  await rejects(talk.send(message), /cut/);
  await talk.end();
  const next = client.over(new Talk(services, "2024a"));
  strictEqual((await next.ask(next.verdict("crcValid")))?.kind, "acknowledged");
  deepStrictEqual(await storedFiles(services), { "a.txt": PLAIN });
});
