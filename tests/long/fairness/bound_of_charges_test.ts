/** What an honest client is charged beside others: in processor time. */

import { ok } from "node:assert/strict";
import { assertBelow } from "../../chance/assert_below.ts";
import { lcg } from "../../kernel/golden_vectors.ts";
import { SocketLink } from "../../peers/socket_link.ts";
import { TestClient } from "../../peers/test_client.ts";
import { ChargedServer } from "../../fairness/charged.ts";

const ATTACKERS = "127.0.0.2";
const HONEST = "127.0.0.1";

/** Milliseconds of the server's processor time after which an attack is under way. */
const WARM = 500;

/** An introduced client. */
async function introduced(line: SocketLink, name: string): Promise<TestClient> {
  const client = new TestClient(line, { name });
  await client.introduce();
  return client;
}

async function store(client: TestClient, content: Uint8Array, fileName: string): Promise<void> {
  const received = (await client.file(content, { fileName }))?.kind;
  const kept = (await client.ask(client.verdict("crcValid", fileName)))?.kind;
  ok(received === "fileReceived" && kept === "acknowledged", `${received}, ${kept}`);
}

async function warmUp(server: ChargedServer): Promise<void> {
  for (let used = 0; used < WARM; used += (await server.look(HONEST)).used) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Files of 1 KB, of two requests each. */
const FILES = 40;

/**
 * Milliseconds that a request may be charged, its turns included: measured 1.8 to 1.9 on a machine
 * with a load of 20, and 3.8 without the bound of half a millisecond for what follows its turn.
 */
const MOST_CHARGED = 2.75;

Deno.test({
  name: "A request beside pages is charged no more than the bound of its work (decision 0093)",
  ignore: Deno.build.os !== "linux",
  fn: () => assertBelow(MOST_CHARGED, chargedEach, { tries: 4, unit: "ms for each request" }),
});

/** Milliseconds that a request of an honest client is charged beside an attack. */
async function chargedEach(): Promise<number> {
  await using server = await ChargedServer.start();
  server.attack("pages", { connections: 64, address: ATTACKERS });
  await warmUp(server);
  using line = await SocketLink.connect({ host: HONEST, port: server.port });
  const client = await introduced(line, "Honest");
  const before = await server.look(HONEST);
  for (let at = 0; at < FILES; at++) await store(client, lcg(at, 1_000), `${at}.txt`);
  const { charged } = await server.look(HONEST);
  return (charged - before.charged) / (2 * FILES);
}
