import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { failsWith, OwnParty } from "../../tests/peers/own_party.ts";
import { type Action, type Answer, ScriptedServer } from "../../tests/peers/scripted_server.ts";
import { always, first } from "../../tests/peers/scripts.ts";
import { pausesOnly, TestClock } from "../../tests/peers/test_clock.ts";
import { EXIT } from "../client_error.ts";

const PLAIN = "The quick brown fox jumps over the lazy dog.\n";
const ignored = () => {};

/** A clock on which the pauses between two tries are over at once, and no other wait. */
const skippingPauses = () => new TestClock({ skips: pausesOnly });

/** A wait of the session that uses such a clock, with the default time for retries. */
const RETRIES = { revision: "2024a", retries: 3, retryTime: 90_000 } as const;

Deno.test("A session whose server is gone for good tries for 90 s, and says so", async () => {
  await using server = new ScriptedServer({
    ...{ revision: "2024a", stops: true },
    onRequest: always("file", ["stop", "close"]),
  });
  await using own = await OwnParty.oldFriend(server);
  const clock = skippingPauses();
  const session = await own.session(server, { ...RETRIES, clock });
  const begun = clock.now();
  await failsWith(session.send(await own.file("fox.txt", PLAIN), ignored), {
    reason: "connection-lost",
    exitCode: EXIT.failed,
    message: /No server listens on 127\.0\.0\.1:\d+/,
  });
  ok(clock.now() - begun >= 90_000, `${clock.now() - begun}`);
  ok(clock.now() - begun < 100_000, `${clock.now() - begun}`);
  strictEqual(own.troubles.length, 2, own.troubles.join("\n"));
  match(own.troubles[0] ?? "", /^The server closed the connection; trying again for 1 min 30 s$/);
  match(own.troubles[1] ?? "", /^No server listens on .*; trying again for another 1 min 30 s$/);
  ok(own.details.filter((line) => line.includes("trying again in")).length > 15);
});

Deno.test("A session continues after an outage, with unverified files only", async () => {
  let connections = 0;
  // It accepts one connection, refuses some attempts, and then accepts again.
  const onConnect: Answer = {
    *[Symbol.iterator](): Generator<Action, void, void> {
      connections += 1;
      if (connections > 1 && connections < 18) yield "close";
    },
  };
  await using server = new ScriptedServer({
    revision: "2024a",
    onConnect,
    onRequest: (request, { nth }) => request.kind === "file" && nth === 2 ? "close" : undefined,
  });
  await using own = await OwnParty.oldFriend(server);
  const clock = skippingPauses();
  const session = await own.session(server, { ...RETRIES, clock });
  const begun = clock.now();
  strictEqual((await session.send(await own.file("one.txt", PLAIN), ignored)).attempts, 1);
  strictEqual((await session.send(await own.file("two.txt", PLAIN), ignored)).attempts, 2);
  ok(clock.now() - begun > 50_000, `${clock.now() - begun}`);
  const names = server.requests.flatMap((request) =>
    request.kind === "file" ? [request.fileName.text] : []
  );
  deepStrictEqual(names, ["one.txt", "two.txt", "two.txt"]);
});

Deno.test("A session retries after server errors as often as specified", async () => {
  await using server = new ScriptedServer({
    revision: "2024a",
    onRequest: always("file", { kind: "serverError" }),
  });
  await using own = await OwnParty.oldFriend(server);
  const clock = skippingPauses();
  const session = await own.session(server, { ...RETRIES, clock });
  await failsWith(session.send(await own.file("fox.txt", PLAIN), ignored), {
    reason: "server-error",
    exitCode: EXIT.failed,
  });
  strictEqual(server.requests.filter(({ kind }) => kind === "file").length, 4);
});

Deno.test("A session that was never accepted makes as many tries as retries", async () => {
  await using server = new ScriptedServer({ revision: "2024a", onConnect: "close" });
  await using own = await OwnParty.oldFriend(server);
  const clock = skippingPauses();
  const session = await own.session(server, { ...RETRIES, clock });
  const begun = clock.now();
  await failsWith(session.send(await own.file("fox.txt", PLAIN), ignored), {
    reason: "connection-lost",
    exitCode: EXIT.failed,
  });
  ok(clock.now() - begun < 5_000, `${clock.now() - begun}`);
});

Deno.test({
  name: "A session that never reaches its server says so within 5 s, whatever the timeout",
  // Deno cannot cancel a connection attempt, and the system continues it for two minutes.
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    // A listener whose queue is full, so that the system takes no connection and refuses none.
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0, tcpBacklog: 1 });
    const { hostname, port } = listener.addr;
    using _one = await Deno.connect({ hostname, port });
    using _two = await Deno.connect({ hostname, port });
    await using own = await OwnParty.oldFriend();
    const clock = new TestClock();
    const server = { address: { host: hostname, port }, revision: "2024a" } as const;
    for (const revision of ["2024a", "auto"] as const) {
      const session = await own.session(server, { revision, retryTime: 90_000, clock });
      const sending = session.send(await own.file("fox.txt", PLAIN), ignored);
      const begun = clock.now();
      clock.waitedFor(3_500).then(() => clock.advance(3_500));
      await failsWith(sending, {
        reason: "no-connection",
        exitCode: EXIT.noConnection,
        message:
          /^No answer from 127\.0\.0\.1:\d+ within 3\.5 s; check the address, and that no firewall/,
      });
      ok(clock.now() - begun < 5_000);
    }
    deepStrictEqual(own.troubles, []);
  },
});

Deno.test("A service of another kind leaves no draft of an identity", async () => {
  const page = new TextEncoder().encode("HTTP/1.1 400 Bad Request\r\n\r\n");
  for (const revision of ["2024a", "auto"] as const) {
    await using other = new ScriptedServer({ revision: "2024a", onConnect: page });
    await using own = await OwnParty.stranger();
    const file = await own.file("fox.txt", PLAIN);
    const session = await own.session(other, { ...RETRIES, revision, clock: skippingPauses() });
    await failsWith(session.send(file, ignored), {
      ...{ reason: "no-revision", exitCode: EXIT.failed, message: /is an HTTP server/ },
    });
    await session.close();
    const names = await Array.fromAsync(Deno.readDir(own.folder), ({ name }) => name);
    deepStrictEqual(names, ["fox.txt"]);
  }
});

Deno.test("A session names a foreign service at once, unless it knew the server", async () => {
  const page = new TextEncoder().encode("HTTP/1.1 502 Bad Gateway\r\n\r\n");
  await using other = new ScriptedServer({ revision: "2024a", onConnect: page });
  await using own = await OwnParty.oldFriend(other);
  const file = await own.file("fox.txt", PLAIN);
  const clock = skippingPauses();
  await failsWith((await own.session(other, { ...RETRIES, clock })).send(file, ignored), {
    reason: "no-revision",
    exitCode: EXIT.failed,
    message:
      /^127\.0\.0\.1:\d+ is an HTTP server, and no server of protocol 3; check host and port$/,
  });
  deepStrictEqual(own.troubles, []);

  // A gateway says for a while that the server behind it is not there.
  let connections = 0;
  await using server = new ScriptedServer({
    revision: "2024a",
    onConnect: {
      *[Symbol.iterator](): Generator<Action, void, void> {
        if (++connections > 1 && connections < 5) yield* [page, "close"] as const;
      },
    },
    onRequest: first(1, "file", "close"),
  });
  await using friend = await OwnParty.oldFriend(server);
  const session = await friend.session(server, { ...RETRIES, clock });
  strictEqual((await session.send(file, ignored)).attempts, 2);
  match(
    friend.troubles[1] ?? "",
    /^The answer was that of an HTTP server; trying again for another/,
  );
});
