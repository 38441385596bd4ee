import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { temporaryFolder } from "../../tests/peers/temporary_folder.ts";
import { AccountServer, refusing } from "../../tests/peers/account_server.ts";
import { TestClock } from "../../tests/peers/test_clock.ts";
import { ClientError } from "../client_error.ts";
import { LostConnection, RefusedRequest } from "./connection/errors.ts";
import { ServerLink } from "./connection/server_link.ts";
import { makeDeviceKey, writeIdentity } from "./identity/identity_file.ts";
import { keyFolder } from "./identity/known_servers.ts";
import { register } from "./identity/server_requests.ts";
import { readToken, writeToken } from "./identity/token_file.ts";
import { Session } from "./session.ts";

const DEVICES = { method: "GET", path: "/v4/devices" };

/** A client that has registered with a server, with nothing but its identity kept. */
async function registered(server: AccountServer, config: string) {
  const clock = new TestClock();
  const told: string[] = [];
  const options = {
    ...{ timeout: 20_000, retries: 0, retryTime: 0, clock, config },
    server: { ...server.address, spki: server.key.spki },
    tell: (line: string) => void told.push(line),
  };
  const link = new ServerLink(options.server, options);
  const key = await makeDeviceKey();
  const { id, device } = await register(link, { key, name: "maya", label: "", invitation: "" });
  link.close();
  const folder = await keyFolder(config, server.key.spki);
  await writeIdentity(folder, { identity: { key, name: "maya", id, device }, clock });
  server.tokens.clear();
  server.requests.length = 0;
  return { options, folder, told, clock };
}

function logins(server: AccountServer): number {
  return server.requests.filter((line) => line === "POST /v4/tokens").length;
}

Deno.test("A session logs in once for requests at a time, and keeps the token", async () => {
  await using server = await AccountServer.start();
  await using home = await temporaryFolder();
  const { options, folder } = await registered(server, home.path);
  await using session = await Session.of(options);
  strictEqual(server.requests.length, 0);
  const answers = await Promise.all([1, 2, 3].map(() => session.request(DEVICES)));
  for (const { status, body } of answers) {
    strictEqual(status, 200);
    await body.bytes();
  }
  strictEqual(logins(server), 1);
  const kept = await readToken(folder);
  deepStrictEqual([...server.tokens.keys()], [kept?.token]);
  await using next = await Session.of(options);
  await (await next.request(DEVICES)).body.bytes();
  strictEqual(logins(server), 1);
});

Deno.test("A token that has ended is renewed once, and the request sent again", async () => {
  await using server = await AccountServer.start();
  await using home = await temporaryFolder();
  const { options } = await registered(server, home.path);
  await using session = await Session.of(options);
  await (await session.request(DEVICES)).body.bytes();
  server.tokens.clear();
  const answers = await Promise.all([1, 2, 3].map(() => session.request(DEVICES)));
  for (const { status, body } of answers) {
    strictEqual(status, 200);
    await body.bytes();
  }
  ok(logins(server) <= 4, `${logins(server)} logins`);
  server.tokens.clear();
  const body = { size: 0, pieces: ReadableStream.from<Uint8Array>([]) };
  const stream = await session.request({ ...DEVICES, body }).catch((error: unknown) => error);
  ok(stream instanceof RefusedRequest, String(stream));
  strictEqual(stream.reason, "token-unknown");
  await (await session.request(DEVICES)).body.bytes();
});

Deno.test("A kept token that ends soon is not used", async () => {
  await using server = await AccountServer.start();
  await using home = await temporaryFolder();
  const { options, folder, clock } = await registered(server, home.path);
  const end = (milliseconds: number) => new Date(clock.now() + milliseconds).toISOString();
  for (const [left, expected] of [[59_000, 1], [61_000, 2]] as const) {
    const token = { token: "old", tokenId: "x", expires: end(left) };
    await writeToken(folder, { token, clock });
    await using session = await Session.of(options);
    await (await session.request(DEVICES)).body.bytes();
    // The one that has not ended is tried first.
    strictEqual(
      server.requests.filter((line) => line === "GET /v4/devices").length,
      expected === 1 ? 1 : 3,
    );
    strictEqual(logins(server), expected);
  }
});

Deno.test("A clock that is years ahead asks for no token each time", async () => {
  await using server = await AccountServer.start();
  await using home = await temporaryFolder();
  const { options, clock } = await registered(server, home.path);
  const { now, after } = clock;
  const ahead = { now, after, date: () => new Date(Date.UTC(4000, 0)) };
  for (let n = 0; n < 3; n++) {
    await using session = await Session.of({ ...options, clock: ahead });
    await (await session.request(DEVICES)).body.bytes();
  }
  strictEqual(logins(server), 1);
  // What has ended by the server's clock is renewed, as ever.
  server.tokens.clear();
  await using session = await Session.of(options);
  await (await session.request(DEVICES)).body.bytes();
  strictEqual(logins(server), 2);
});

Deno.test("A server that refuses each new token is not asked for ever", async () => {
  await using server = await AccountServer.start({
    before: (request) => request.url.endsWith("/devices") ? refusing("token-unknown") : undefined,
  });
  await using home = await temporaryFolder();
  const { options } = await registered(server, home.path);
  await using session = await Session.of(options);
  const error = await session.request(DEVICES).catch((error: unknown) => error);
  ok(error instanceof RefusedRequest);
  strictEqual(error.exitCode, 4);
  strictEqual(logins(server), 2);
});

Deno.test("Refusals have the server's reason and members; other answers are none", async () => {
  const answers = [
    refusing("offset-mismatch"),
    refusing("client-unknown"),
    new Response("no", { status: 404 }),
  ];
  await using server = await AccountServer.start({
    before: (request) => request.url.endsWith("/x") ? answers.shift() : undefined,
  });
  await using home = await temporaryFolder();
  const { options } = await registered(server, home.path);
  await using session = await Session.of(options);
  for (const status of [409, 403, 404]) {
    const answer = await session.request({ method: "PATCH", path: "/x" });
    strictEqual(answer.status, status);
    await answer.body.bytes();
  }
});

Deno.test("A session without an identity, or with another server's, says to log in", async () => {
  await using server = await AccountServer.start();
  await using other = await AccountServer.start();
  await using home = await temporaryFolder();
  const { options } = await registered(server, home.path);
  const wrong = { ...other.address, spki: other.key.spki };
  const error = await Session.of({ ...options, server: wrong }).catch((error: unknown) => error);
  ok(error instanceof ClientError);
  strictEqual(error.reason, "not-logged-in");
  strictEqual(other.requests.length, 0);
});

Deno.test("A token that cannot be kept is used all the same", async () => {
  await using server = await AccountServer.start();
  await using home = await temporaryFolder();
  const { options, folder, told } = await registered(server, home.path);
  await using session = await Session.of(options);
  await Deno.mkdir(`${folder}/token.json`);
  await (await session.request(DEVICES)).body.bytes();
  strictEqual(told.length, 1);
  ok(![...server.tokens.keys()].some((token) => told.join().includes(token)));
});

Deno.test("A session that was closed ends what is under way", async () => {
  await using server = await AccountServer.start();
  await using home = await temporaryFolder();
  const { options } = await registered(server, home.path);
  const session = await Session.of(options);
  await (await session.request(DEVICES)).body.bytes();
  session.close();
  const error = await session.request(DEVICES).catch((error: unknown) => error);
  ok(error instanceof LostConnection);
});
