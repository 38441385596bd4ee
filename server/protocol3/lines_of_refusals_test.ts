import { ok, strictEqual } from "node:assert/strict";
import { encodeRequest } from "../../shared/protocol3/request.ts";
import { joined } from "../../tests/kernel/golden_vectors.ts";
import { Talk } from "../../tests/peers/talk.ts";
import { TestClient } from "../../tests/peers/test_client.ts";
import { openServices, recordedLog } from "../../tests/peers/test_services.ts";
import { quickRequests } from "../../tests/peers/test_clock.ts";

/** Requests that are sent at once. */
const MANY = 2_000;

/** Milliseconds between two of them. */
const APART = 1;

Deno.test("requests sent by the thousand have a few lines, refused or granted", async () => {
  await using services = await openServices({ clock: quickRequests() });
  let time = 0;
  const { log, lines } = await recordedLog({ clock: { now: () => time += APART } });
  const connection = log.with({ connection: 1, address: "192.0.2.1" });
  const talk = new Talk(services, "2024a", { log: connection });
  const client = new TestClient(talk);
  await client.introduce();
  const { revision, clientId, name } = client;
  const reconnect = encodeRequest(revision, { kind: "reconnect", clientId, name });
  for (const request of [client.verdict("crcValid"), reconnect]) {
    await talk.exchange(joined(Array(MANY).fill(request)));
  }
  log.info("Stopped");
  strictEqual(services.counters.value("refused.no-upload"), MANY);
  strictEqual(services.counters.value("reconnected"), MANY);
  // A second of each, as the clock goes on with each line.
  ok(lines.length <= 2 * MANY * APART / 1_000 + 10, `${lines.length} lines`);
});

Deno.test("files that a client sends on and on, and never keeps, have few lines", async () => {
  await using services = await openServices({ clock: quickRequests() });
  let time = 0;
  const { log, lines } = await recordedLog({ clock: { now: () => time += APART } });
  const connection = log.with({ connection: 1, address: "192.0.2.1" });
  const talk = new Talk(services, "2024a", { log: connection });
  const client = new TestClient(talk);
  await client.introduce();
  const [message = new Uint8Array()] = await client.messages(new Uint8Array(10));
  for (const verdict of [client.verdict("crcRetry"), new Uint8Array()]) {
    await talk.exchange(joined(Array(MANY / 10).fill(joined([message, verdict]))));
  }
  log.info("Stopped");
  strictEqual(services.counters.value("files-received"), MANY / 5);
  // Of each of three kinds one a second, as the clock goes on with each line.
  ok(lines.length <= 20, `${lines.length} lines`);
});
