import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { failsWith, OwnParty } from "../../tests/peers/own_party.ts";
import { type Action, type Answer, ScriptedServer } from "../../tests/peers/scripted_server.ts";
import { always, first, STRANGER } from "../../tests/peers/scripts.ts";
import { TestClock } from "../../tests/peers/test_clock.ts";
import { EXIT } from "../client_error.ts";
import { finds, PLAIN, search, SHORT } from "../../tests/peers/found_revision.ts";

for (const revision of ["2024a", "2023c", "2024c", "2023a"] as const) {
  for (const known of [false, true]) {
    const who = known ? "a client on record" : "a new client";
    Deno.test(`The search of ${who} finds ${revision} when other codes are an error`, async () => {
      await finds({ revision }, { known });
    });
  }
}

for (const revision of ["2024a", "2023a"] as const) {
  Deno.test(`The search finds ${revision} when other codes end the connection`, async () => {
    await finds({ revision, onRefused: "close" }, {});
  });

  Deno.test(`The search finds ${revision} beside nonsense for other codes`, async () => {
    const onRefused: Answer = new TextEncoder().encode("What do you mean?\n");
    await finds({ revision, onRefused }, {});
  });
}

Deno.test("The search finds 2023a when other codes are passed over in silence", async () => {
  await finds({ revision: "2023a", onRefused: "nothing" }, { timeout: SHORT });
});

Deno.test("The search passes over a reply that is none to a registration", async () => {
  const clientId = STRANGER;
  await finds({ revision: "2024a", onRefused: { kind: "acknowledged", clientId } }, {});
});

Deno.test("A request whose reply ended the search is repeated if that was useless", async () => {
  const encryptedKey = crypto.getRandomValues(new Uint8Array(128));
  const { heard, troubles } = await search({
    revision: "2024c",
    onRequest: first(1, "reconnect", ({ clientId }) => {
      return { kind: "reconnectAccepted", clientId, encryptedKey };
    }),
  }, { known: true, retries: 1 });
  deepStrictEqual(heard, [["reconnect", "reconnect", "file", "crcValid"]]);
  deepStrictEqual(troubles, ["server responded with an error"]);
});

Deno.test("A search ends at a server that refuses the name, with exit code 4", async () => {
  const { sending, heard } = await search({
    revision: "2024c",
    onRequest: always("register", { kind: "registrationRefused" }),
  });
  await failsWith(sending, { reason: "name-taken", exitCode: EXIT.refused });
  deepStrictEqual(heard.at(-1), ["register"]);
});

Deno.test("What a search found out is kept for the connections that follow", async () => {
  const { revision, heard } = await search({
    revision: "2024a",
    onRequest: first(1, "file", "close"),
  }, { retries: 1 });
  strictEqual(revision, "2024a");
  deepStrictEqual(heard.slice(1), [
    ["register", "publicKey", "file"],
    ["reconnect", "file", "crcValid"],
  ]);
});

Deno.test("A search that no server understands is repeated, then given up", async () => {
  const { sending, heard, troubles, details } = await search({
    revision: "2022c",
    onConnect: new TextEncoder().encode("What do you mean?\r\n"),
  }, { retries: 1 });
  await failsWith(sending, {
    reason: "no-revision",
    exitCode: EXIT.failed,
    message: /^No revision was understood \(2024c: .*; 2024a: .*; 2023a: .*\)/,
  });
  strictEqual(heard.length, 2 * 3);
  deepStrictEqual(troubles, Array(2).fill("server responded with an error"));
  match(details[0] ?? "", /^Not revision 2024c: /);
});

Deno.test("A search at a server that closes all connections says how to log in", async () => {
  const { sending } = await search({ revision: "2024a", onConnect: "close" }, { retries: 0 });
  await failsWith(sending, {
    reason: "no-revision",
    exitCode: EXIT.failed,
    message:
      /; check .* \(one of protocol 4 alone needs a login first: login ADDRESS --name NAME\)/,
  });
});

Deno.test("A search at a server that never says anything ends", async () => {
  const { sending, heard, troubles } = await search({
    revision: "2024a",
    onRequest: always("register", "nothing"),
    onRefused: "nothing",
  }, { retries: 0, timeout: 100 });
  await failsWith(sending, {
    reason: "no-revision",
    exitCode: EXIT.failed,
    message: /^The server did not answer within 0.1 s; check that it is a server of protocol 3/,
  });
  strictEqual(heard.length, 3);
  deepStrictEqual(troubles, []);
});

Deno.test("A search waits for a slow server up to the timeout", async () => {
  const clock = new TestClock();
  const searching = search({
    revision: "2024c",
    onRequest: always("reconnect", (_, { nth }) => {
      if (nth === 1) return "nothing";
      clock.advance(29_000);
      return undefined;
    }),
    onRefused: "nothing",
  }, { known: true, retries: 0, timeout: 30_000, clock });
  for (const _asked of ["2024c", "2024a", "2023a", "2022c"]) {
    await clock.waitedFor(3_000);
    clock.advance(3_000);
  }
  const { revision, kept, troubles } = await searching;
  deepStrictEqual([revision, kept], ["2024c", 1]);
  deepStrictEqual(troubles, [
    "The server has not answered within 3 s in any revision; " +
    "waiting up to 30 s for an answer in 2024c",
  ]);
});

Deno.test("A search at a silent server reports the silence, and no error", async () => {
  const clock = new TestClock();
  const searching = search({ revision: "2024a", onConnect: "deaf" }, {
    known: true,
    timeout: 30_000,
    clock,
  });
  // What is sent has 30 s as well, each time before an answer is waited for.
  for (const waits of [...Array(4).fill([30_000, 3_000]), [30_000, 30_000]]) {
    for (const limit of waits) await clock.waitedFor(limit);
    clock.advance(waits[1] ?? 0);
  }
  const { sending, heard, troubles } = await searching;
  await failsWith(sending, {
    reason: "no-revision",
    exitCode: EXIT.failed,
    message: /^The server did not answer within 30 s; .* longer with --timeout$/,
  });
  strictEqual(heard.length, 5);
  strictEqual(troubles.length, 1);
});

Deno.test("A search does not wait longer where a server answered anything", async () => {
  const clock = new TestClock();
  const searching = search({
    revision: "2024c",
    onRequest: always("reconnect", { kind: "serverError" }),
    onRefused: "nothing",
  }, { known: true, retries: 0, timeout: 30_000, clock });
  // The first family is answered before its time is over.
  await clock.waitedFor(3_000);
  for (const _family of ["2024a", "2023a"]) {
    await clock.waitedFor(3_000);
    clock.advance(3_000);
  }
  const { sending, heard, troubles } = await searching;
  await failsWith(sending, { reason: "no-revision", exitCode: EXIT.failed });
  strictEqual(heard.length, 3);
  deepStrictEqual(troubles, ["server responded with an error"]);
});

for (const [met, onRefused] of [["silence", "nothing"], ["a close", "close"]] as const) {
  Deno.test(`A client on record finds 2022c where other codes are met with ${met}`, async () => {
    const clock = new TestClock();
    const searching = search({ revision: "2022c", onRefused }, {
      ...{ known: true, retries: 0, timeout: 30_000, clock },
    });
    for (const asked of ["2024c", "2024a", "2023a", "2022c", "2023a again"]) {
      await clock.waitedFor(3_000);
      // A close, and the answer to its key, come by themselves.
      if (met === "silence" && asked !== "2022c") clock.advance(3_000);
    }
    const { revision, kept, troubles, heard } = await searching;
    deepStrictEqual([revision, kept, troubles], ["2022c", 1, []]);
    strictEqual(heard.length, 5);
    deepStrictEqual(heard[3], ["publicKey", "file", "crcValid"]);
  });
}

Deno.test("A reconnect that 2023a answers late ends in 2023a all the same", async () => {
  const clock = new TestClock();
  const searching = search({
    revision: "2023a",
    onRequest: first(1, "reconnect", "nothing"),
    onRefused: "nothing",
  }, { known: true, retries: 1, timeout: 30_000, clock });
  for (const _asked of ["2024c", "2024a", "2023a"]) {
    await clock.waitedFor(3_000);
    clock.advance(3_000);
  }
  const { revision, kept, troubles, heard } = await searching;
  deepStrictEqual([revision, kept], ["2023a", 1], troubles.join("\n"));
  deepStrictEqual(heard.at(-1), ["reconnect", "file", "crcValid"]);
});

Deno.test("A client on record asks for 2022c only where nothing was answered", async () => {
  for (const onRefused of [{ kind: "serverError" } as const, "close"] as const) {
    const { heard } = await search({
      revision: "2023a",
      onRequest: always("reconnect", { kind: "serverError" }),
      onRefused,
    }, { known: true, retries: 0 });
    deepStrictEqual(heard.map(([word]) => word), ["unknown-code", "unknown-code", "reconnect"]);
  }
});

Deno.test("A search names a service of another kind at once", async () => {
  const { sending, heard, troubles } = await search({
    revision: "2022c",
    onConnect: new TextEncoder().encode("SSH-2.0-OpenSSH_9.9\r\n"),
  }, { retries: 3 });
  await failsWith(sending, {
    reason: "no-revision",
    exitCode: EXIT.failed,
    message:
      /^127\.0\.0\.1:\d+ is an SSH server, and no server of protocol 3; check host and port$/,
  });
  strictEqual(heard.length, 1);
  deepStrictEqual(troubles, []);
});

Deno.test("A search says when what it asked ended the server", async () => {
  await using server = new ScriptedServer({
    ...{ revision: "2024a", stops: true },
    onRefused: ["stop", "close"],
  });
  await using own = await OwnParty.oldFriend(server);
  const session = await own.session(server, { revision: "auto", retries: 3 });
  await failsWith(session.send(await own.file("fox.txt", PLAIN), () => {}), {
    reason: "no-connection",
    exitCode: EXIT.noConnection,
    message: /^The server went away when it was asked in revision 2024c; start it again, and name/,
  });
});

Deno.test("A name refused in 2023c may be an unknown code; the error says so", async () => {
  const { sending, heard } = await search({
    revision: "2023c",
    onRequest: always("register", { kind: "registrationRefused" }),
  }, { retries: 0 });
  await failsWith(sending, {
    reason: "name-taken",
    exitCode: EXIT.refused,
    message:
      /, or it does not speak 2023c \(see ".* probe server\.example:1256"\); choose another name/,
  });
  // The answer is used again: the same name is not asked for twice in one family.
  deepStrictEqual(heard, [["unknown-code"], ["register"], ["unknown-code"], []]);
});

Deno.test("A search says when the last question ended the server", async () => {
  let asked = 0;
  await using server = new ScriptedServer({
    ...{ revision: "2022c", stops: true },
    onRequest: always("register", "close"),
    onRefused: {
      *[Symbol.iterator](): Generator<Action, void, void> {
        if (++asked === 3) yield "stop";
        yield "close";
      },
    },
  });
  await using own = await OwnParty.oldFriend(server);
  const session = await own.session(server, { revision: "auto", retries: 1 });
  await failsWith(session.send(await own.file("fox.txt", PLAIN), () => {}), {
    reason: "no-connection",
    exitCode: EXIT.noConnection,
    message: /^The server went away when it was asked in revision 2023a; start it again, and name/,
  });
});

Deno.test("A search at a server that only ever reports errors ends", async () => {
  const { sending } = await search({
    revision: "2024a",
    onRequest: always("register", { kind: "serverError" }),
  }, { retries: 0 });
  await failsWith(sending, { reason: "no-revision", exitCode: EXIT.failed });
});

Deno.test("A search does not take the answer to another client for its own", async () => {
  const { troubles, heard } = await search({
    revision: "2024a",
    onRequest: first(1, "reconnect", { kind: "reconnectRefused", clientId: STRANGER }),
  }, { known: true, retries: 1 });
  ok(!heard.flat().includes("register"));
  ok(!troubles.some((line) => line.includes("registering again")), troubles.join("; "));
});
