import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { failsWith, OwnParty, type SessionHabits } from "../../tests/peers/own_party.ts";
import {
  type Action,
  type Answer,
  type Script,
  ScriptedServer,
  type Turn,
} from "../../tests/peers/scripted_server.ts";
import { always, first } from "../../tests/peers/scripts.ts";
import { startServer } from "../../tests/peers/started_server.ts";
import { pausesOnly, TestClock } from "../../tests/peers/test_clock.ts";
import { openServices, storedFiles, TroubledStore } from "../../tests/peers/test_services.ts";
import { EXIT } from "../client_error.ts";

const PLAIN = "The quick brown fox jumps over the lazy dog.\n";
const ignored = () => {};
const WHOLE = ["reconnect", "file", "crcValid"];

/** Stores the file correctly, and hangs up before the acknowledgement. */
async function keptAndClosed(_: unknown, { official }: Turn): Promise<Action> {
  await official();
  return "close";
}

/** Sends a file to a server that does this about confirmations. */
async function send(
  onRequest: Script,
  { onConnect, ...habits }: SessionHabits & { readonly onConnect?: Answer } = {},
) {
  await using server = new ScriptedServer({
    revision: "2024a",
    onRequest,
    ...(onConnect && { onConnect }),
  });
  await using own = await OwnParty.oldFriend(server);
  const session = await own.session(server, habits);
  const sending = session.send(await own.file("fox.txt", PLAIN), ignored);
  const sent = await sending.catch(() => undefined);
  return { sending, sent, heard: server.heard, troubles: own.troubles };
}

Deno.test("A confirmation whose answer was lost is sent again, and no file", async () => {
  const { sent, heard, troubles } = await send(
    always(
      "crcValid",
      (request, turn) =>
        turn.nth === 1
          ? keptAndClosed(request, turn)
          : { kind: "acknowledged", clientId: request.clientId },
    ),
  );
  strictEqual(sent?.attempts, 1);
  // Sent first: only then a server goes on with what another connection began.
  deepStrictEqual(heard, [WHOLE, ["crcValid"]]);
  deepStrictEqual(troubles, [
    'The server closed the connection; "fox.txt" may be stored, asking the server again',
  ]);
});

const otherAnswers: Readonly<Record<string, Answer>> = {
  "an error": { kind: "serverError" },
  "a reply to something else": { kind: "registrationRefused" },
  "a close": "close",
};

for (const [what, answer] of Object.entries(otherAnswers)) {
  Deno.test(`A file is sent again when its confirmation came again and got ${what}`, async () => {
    const { sent, heard, troubles } = await send(
      always("crcValid", (request, turn) => {
        if (turn.nth === 1) return keptAndClosed(request, turn);
        return turn.nth === 2 ? answer : undefined;
      }),
    );
    strictEqual(sent?.attempts, 2);
    deepStrictEqual(heard, [WHOLE, ["crcValid"], WHOLE]);
    strictEqual(troubles.length, 2);
    match(
      troubles[1] ?? "",
      /^The server did not say whether "fox\.txt" is stored; trying again in 0\.25 s \(1 of 3\)$/,
    );
  });
}

Deno.test("A file that a server hangs up on at each confirmation is given up", async () => {
  const { sending, heard } = await send(always("crcValid", "close"), { retries: 1 });
  await failsWith(sending, {
    reason: "connection-lost",
    exitCode: EXIT.failed,
    message: /"fox\.txt": The server did not say whether "fox\.txt" is stored/,
  });
  deepStrictEqual(heard, [WHOLE, ["crcValid"], WHOLE, ["crcValid"]]);
});

Deno.test("A confirmation comes again until a server that is back answers it", async () => {
  let connections = 0;
  const onConnect: Answer = {
    *[Symbol.iterator](): Generator<Action, void, void> {
      connections += 1;
      if (connections === 2) yield "deaf";
    },
  };
  const clock = new TestClock({ skips: pausesOnly });
  const sending = send(
    always("crcValid", (request, turn) => {
      if (turn.nth === 1) return keptAndClosed(request, turn);
      return turn.nth === 2 ? "nothing" : { kind: "acknowledged", clientId: request.clientId };
    }),
    { onConnect, clock, timeout: 20_000, retryTime: 300_000 },
  );
  // That of the first one, and those of two that are not answered.
  await clock.waitedFor(30_000);
  for (let silence = 0; silence < 2; silence++) {
    await clock.waitedFor(30_000);
    clock.advance(30_000);
  }
  const { sent, heard } = await sending;
  strictEqual(sent?.attempts, 1);
  deepStrictEqual(heard, [WHOLE, ...Array(3).fill(["crcValid"])]);
});

Deno.test("A confirmation is waited for ten times as long as the timeout, up to 30 s", async () => {
  for (const [timeout, limit] of [[1_000, 10_000], [5_000, 30_000], [40_000, 40_000]] as const) {
    const clock = new TestClock();
    const sending = send(
      first(1, "crcValid", async (_, { official }) => {
        const reply = await official();
        await clock.waitedFor(limit);
        clock.advance(limit - 1);
        return reply;
      }),
      { clock, timeout, retries: 0 },
    );
    strictEqual((await sending).sent?.attempts, 1);
    ok(clock.waits.includes(limit));
  }
});

Deno.test("A server whose disk is slower than the client waits stores a file once", async () => {
  const store = new TroubledStore();
  const [reached, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  store.before = (step) => {
    if (step !== "seal") return Promise.resolve();
    reached.resolve();
    return gate.promise;
  };
  await using services = await openServices({ store });
  const server = await startServer({ storage: services });
  await using own = await OwnParty.stranger();
  const clock = new TestClock({ skips: pausesOnly });
  const habits = { clock, timeout: 20_000 };
  const session = await own.session({ address: server.address, revision: "2024a" }, habits);
  const sending = session.send(await own.file("fox.txt", PLAIN), ignored);
  await reached.promise;
  // Its timeout ends while the server is still storing, and again after the repeated question.
  for (let silence = 0; silence < 2; silence++) {
    await clock.waitedFor(30_000);
    clock.advance(30_000);
  }
  await clock.waitedFor(30_000);
  gate.resolve();
  strictEqual((await sending).attempts, 1);
  await session.close();
  server.stop();
  await server.ended;
  deepStrictEqual(Object.keys(await storedFiles(services)), ["fox.txt"]);
  const counters = server.lines.find(({ message }) => message === "Stopped");
  strictEqual(counters?.["files-stored"], 1);
  strictEqual(counters?.["files-received"], 1);
});
