/** What counts as coming on: files at the least rate, and requests that become whole. */

import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { REQUEST_HEADER } from "../../shared/protocol3/message.ts";
import type { Reply } from "../../shared/protocol3/reply.ts";
import { TextField } from "../../shared/wire/layout.ts";
import { lcg } from "../kernel/golden_vectors.ts";
import { ServedConnections } from "../peers/served_connections.ts";
import { TestClock } from "../peers/test_clock.ts";
import { TestClient } from "../peers/test_client.ts";
import { SYSTEM_CLOCK } from "../../server/system_clock.ts";
import type { Limits } from "../../server/settings/limit_settings.ts";
import { openServices, stagedCount } from "../peers/test_services.ts";
import { NO_CLIENT_ID } from "../../shared/wire/client_id.ts";

const PLAIN = lcg(8, 3000);
/** The header of a request without its payload. */
const HALF = { clientId: NO_CLIENT_ID, version: 3, code: 1027, payloadSize: 255 };
/** Longer than any test. */
const LONG = 3_600_000;

/** Each look at the clock is so many milliseconds later, once it is wound up. */
function clockThatRuns() {
  let look = Promise.withResolvers<void>();
  let time = 0;
  return {
    step: 0,
    now() {
      look.resolve();
      return time += this.step;
    },
    /** Resolves when the clock is read. */
    looked() {
      look = Promise.withResolvers<void>();
      return look.promise;
    },
  };
}

/** A registered client, over a connection with a manual clock. */
async function introduced(stack: AsyncDisposableStack, limits: Partial<Limits> = {}) {
  const services = stack.use(await openServices({ limits }));
  const clock = clockThatRuns();
  const server = stack.use(
    new ServedConnections(services, { clock: { ...SYSTEM_CLOCK, now: () => clock.now() } }),
  );
  const { line, served } = await server.connect();
  const client = new TestClient(line);
  await client.introduce();
  return { services, clock, line, served, client };
}

Deno.test("a file that is too slow is refused by name, and discarded", async () => {
  await using stack = new AsyncDisposableStack();
  const { services, clock, line, served, client } = await introduced(stack, { leastRate: 1 << 20 });
  clock.step = 6_000;
  strictEqual((await client.file(lcg(2, 1 << 19)))?.kind, "serverError");
  strictEqual(await client.receive(), undefined);
  line.close();
  await served;
  deepStrictEqual(services.counters.snapshot(), {
    "keys-accepted": 1,
    "refused.too-slow": 1,
    registered: 1,
  });
  strictEqual(services.uploads.size + stagedCount(services.store), 0);
});

Deno.test("a slow file in small packets with pauses is refused by name", async () => {
  await using stack = new AsyncDisposableStack();
  const { services, clock, line, served, client } = await introduced(stack);
  const messages = await client.messages(lcg(2, 16 * 1000), { packets: 1000 });
  clock.step = 2_000;
  let answer: Reply | undefined;
  const answered = client.receive().then((reply) => answer = reply);
  for (const message of messages) {
    const looked = clock.looked();
    await client.send(message);
    await Promise.race([looked, answered]);
    if (answer !== undefined) break;
  }
  await answered;
  strictEqual(answer?.kind, "serverError");
  line.close();
  await served;
  strictEqual(services.counters.value("refused.too-slow"), 1);
  strictEqual(services.uploads.size + stagedCount(services.store), 0);
});

Deno.test("other requests do not keep a file alive of which nothing comes", async () => {
  await using stack = new AsyncDisposableStack();
  const { services, clock, line, served, client } = await introduced(stack);
  const [first = PLAIN] = await client.messages(PLAIN, { packets: 2 });
  await client.send(first);
  clock.step = 2_000;
  const kinds = [];
  while (kinds.at(-1) !== "serverError") kinds.push((await client.reconnect())?.kind);
  strictEqual(kinds.length < 20, true);
  line.close();
  await served;
  strictEqual(services.counters.value("refused.too-slow"), 1);
  strictEqual(services.uploads.size + stagedCount(services.store), 0);
});

Deno.test("the rest of a refused file must be as fast as an accepted one", async () => {
  await using stack = new AsyncDisposableStack();
  const { services, clock, line, served, client } = await introduced(stack);
  const fileName = new TextField(new Uint8Array(255));
  const [message = PLAIN] = await client.messages(PLAIN, { fileName });
  strictEqual((await client.ask(message.subarray(0, 1000)))?.kind, "serverError");
  clock.step = 10_000;
  await client.send(message.subarray(1000, 1001));
  strictEqual((await client.receive())?.kind, "serverError");
  line.close();
  await served;
  deepStrictEqual(services.counters.snapshot(), {
    "keys-accepted": 1,
    "refused.name-empty": 1,
    "refused.too-slow": 1,
    registered: 1,
  });
});

Deno.test("bytes without a request are no progress, and time out", async () => {
  for (const bytes of [new Uint8Array(1), REQUEST_HEADER.encode(HALF)]) {
    await using services = await openServices({ limits: { idleTime: LONG } });
    const clock = new TestClock();
    await using server = new ServedConnections(services, { clock });
    const { line, served, nextRead } = await server.connect();
    const client = new TestClient(line);
    await client.introduce();
    clock.advance(LONG - 20);
    const handled = nextRead();
    await line.send(bytes);
    await handled;
    clock.advance(20);
    await served;
    strictEqual(services.counters.value("refused.timeout"), 1);
  }
});

Deno.test("a client that stands still amid a file for a minute is cut", async () => {
  for (const [packets, size, kept] of [[1, 1_000, 0], [2, undefined, 1]] as const) {
    await using services = await openServices({ limits: { idleTime: LONG } });
    const clock = new TestClock();
    await using server = new ServedConnections(services, { clock });
    const { line, served, nextRead } = await server.connect();
    const client = new TestClient(line);
    await client.introduce();
    const [message = PLAIN] = await client.messages(PLAIN, { packets });
    const handled = nextRead();
    await client.send(message.subarray(0, size));
    await handled;
    clock.advance(59_999);
    strictEqual(services.counters.value("refused.timeout"), 0);
    strictEqual(services.uploads.size, 1);
    clock.advance(1);
    await served;
    strictEqual(services.counters.value("refused.timeout"), 1);
    // What came between two packets waits for the client to come back.
    strictEqual(services.uploads.size, kept);
  }
});

Deno.test("without a least rate a client may pause for its idle time", async () => {
  await using services = await openServices({ limits: { idleTime: LONG, leastRate: 0 } });
  const clock = new TestClock();
  await using server = new ServedConnections(services, { clock });
  const { line, nextRead } = await server.connect();
  const client = new TestClient(line);
  await client.introduce();
  const [message = PLAIN] = await client.messages(PLAIN);
  const handled = nextRead();
  await client.send(message.subarray(0, 1_000));
  await handled;
  clock.advance(LONG - 1);
  await client.send(message.subarray(1_000));
  strictEqual((await client.receive())?.kind, "fileReceived");
});

Deno.test("a request that is complete, and content, are progress", async () => {
  await using services = await openServices({ limits: { idleTime: LONG, leastRate: 0 } });
  const clock = new TestClock();
  await using server = new ServedConnections(services, { clock });
  const { line, nextRead } = await server.connect();
  const client = new TestClient(line);
  await client.introduce();
  const [message = PLAIN] = await client.messages(PLAIN);
  let handled = Promise.resolve();
  for (let time = 0; time < 5; time++) {
    handled = nextRead();
    strictEqual((await client.reconnect())?.kind, "reconnectAccepted");
    await handled;
    clock.advance(LONG - 1_000);
  }
  for (let at = 0; at < message.byteLength; at += 1000) {
    handled = nextRead();
    await client.send(message.subarray(at, at + 1000));
    await handled;
    clock.advance(LONG - 1_000);
  }
  strictEqual((await client.receive())?.kind, "fileReceived");
});
