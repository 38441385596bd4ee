import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { sameBytes } from "../../shared/wire/bytes.ts";
import type { RequestKind } from "../../shared/protocol3/message.ts";
import type { RevisionName } from "../../shared/protocol3/revision.ts";
import { BIG_SIZE, bigContent, failsWith, OwnParty } from "../../tests/peers/own_party.ts";
import { type Answer, type Script, ScriptedServer } from "../../tests/peers/scripted_server.ts";
import { always, first } from "../../tests/peers/scripts.ts";
import { EXIT } from "../client_error.ts";

const ERROR: Answer = { kind: "serverError" };
const LINE = "server responded with an error";
const PLAIN = "The quick brown fox jumps over the lazy dog.\n";
const KINDS: readonly RequestKind[] = ["register", "publicKey", "reconnect", "file", "crcValid"];

const NOTHING = new Uint8Array(0);
const ignored = () => {};

/** Sends a file to a server whose script fails requests of one kind. */
async function meet(
  kind: RequestKind,
  { revision = "2024a", onRequest }: {
    readonly revision?: RevisionName;
    readonly onRequest: Script;
  },
) {
  await using server = new ScriptedServer({ revision, onRequest });
  await using own = await OwnParty.whoHasToSay(kind, server);
  const session = await own.session(server);
  const sending = session.send(await own.file("fox.txt", PLAIN), ignored);
  const sent = await sending.catch(() => undefined);
  return {
    sent,
    sending,
    troubles: own.troubles,
    connections: server.heard.length,
    times: server.requests.filter((request) => request.kind === kind).length,
    kept: server.files.has("fox.txt"),
  };
}

/** Answers the third packet with an error when it comes for the first time. */
function atThirdPacket(): Script {
  return (request, { nth }) =>
    request.kind === "file" && request.packet === 3 && nth === 3 ? ERROR : undefined;
}

for (const kind of KINDS) {
  for (const times of [1, 2, 3]) {
    Deno.test(`A session makes the request "${kind}" again after ${times} errors`, async () => {
      const met = await meet(kind, { onRequest: first(times, kind, ERROR) });
      deepStrictEqual(met.troubles, Array(times).fill(LINE));
      strictEqual(met.times, times + 1);
      strictEqual(met.sent?.attempts, kind === "file" ? times + 1 : 1);
      strictEqual(met.connections, 1);
      ok(met.kept);
    });
  }

  Deno.test(`A session gives up when "${kind}" is answered with an error 4 times`, async () => {
    const met = await meet(kind, { onRequest: always(kind, ERROR) });
    await failsWith(met.sending, { reason: "server-error", exitCode: EXIT.failed });
    deepStrictEqual(met.troubles, Array(4).fill(LINE));
    strictEqual(met.times, 4);
    strictEqual(met.connections, 1);
    ok(!met.kept);
  });
}

for (const kind of ["file", "crcValid"] as const) {
  Deno.test(`A session in 2022c treats a refusal as an error of "${kind}"`, async () => {
    const refusal = { kind: "registrationRefused" } as const;
    const once = await meet(kind, { revision: "2022c", onRequest: first(1, kind, refusal) });
    deepStrictEqual(once.troubles, [LINE]);
    ok(once.kept);
    const each = await meet(kind, { revision: "2022c", onRequest: always(kind, refusal) });
    await failsWith(each.sending, { reason: "server-error", exitCode: EXIT.failed });
    strictEqual(each.times, 4);
  });
}

Deno.test("The tries of each file are counted by themselves", async () => {
  await using server = new ScriptedServer({
    revision: "2024a",
    // Every second file is refused once.
    onRequest: ({ kind }, { nth }) => kind === "file" && nth % 2 === 1 ? ERROR : undefined,
  });
  await using own = await OwnParty.oldFriend(server);
  const session = await own.session(server, { retries: 1 });
  for (const name of ["a.txt", "b.txt", "c.txt"]) {
    strictEqual((await session.send(await own.file(name, PLAIN), ignored)).attempts, 2);
  }
  strictEqual(server.files.size, 3);
});

Deno.test("A session that gave up one file sends the next over the same connection", async () => {
  await using server = new ScriptedServer({
    revision: "2024a",
    onRequest: first(2, "file", ERROR),
  });
  await using own = await OwnParty.oldFriend(server);
  const session = await own.session(server, { retries: 1 });
  await failsWith(session.send(await own.file("a.txt", PLAIN), ignored), {
    reason: "server-error",
    exitCode: EXIT.failed,
  });
  await session.send(await own.file("b.txt", PLAIN), ignored);
  deepStrictEqual(server.heard, [["reconnect", "file", "file", "file", "crcValid"]]);
  deepStrictEqual([...server.files.keys()], ["b.txt"]);
});

Deno.test("An error amid a file makes a session restart at packet 1", async () => {
  const plain = bigContent();
  await using server = new ScriptedServer({ revision: "2024a", onRequest: atThirdPacket() });
  await using own = await OwnParty.oldFriend(server);
  const session = await own.session(server, { packetSize: 32 * 1024 });
  const sent = await session.send(await own.file("big.bin", plain), ignored);
  strictEqual(sent.attempts, 2);
  const packets = server.requests.flatMap((seen) => seen.kind === "file" ? [seen.packet] : []);
  const again = packets.indexOf(1, 1);
  deepStrictEqual(packets.slice(0, again), Array.from({ length: again }, (_, i) => i + 1));
  deepStrictEqual(packets.slice(again), Array.from({ length: 385 }, (_, i) => i + 1));
  ok(again < 385, "The error was only seen when the whole file had been sent");
  strictEqual(server.heard.length, 1);
  ok(sameBytes(server.files.get("big.bin") ?? NOTHING, plain));
});

for (
  const [revision, error] of [
    ["2022c", { kind: "registrationRefused" }],
    ["2023a", { kind: "serverError" }],
  ] as const
) {
  Deno.test(`A session connects again after an error of ${revision} early in a file`, async () => {
    const plain = bigContent();
    await using server = new ScriptedServer({ revision, onFileHead: first(1, "file", error) });
    await using own = await OwnParty.oldFriend(server);
    const session = await own.session(server);
    const sent = await session.send(await own.file("big.bin", plain), ignored);
    strictEqual(sent.attempts, 2);
    deepStrictEqual(own.troubles, [LINE]);
    const handshake = revision === "2022c" ? "publicKey" : "reconnect";
    deepStrictEqual(server.heard, [[handshake, "file"], [handshake, "file", "crcValid"]]);
    ok(sameBytes(server.files.get("big.bin") ?? NOTHING, plain));
  });
}

Deno.test("An error in a packet that is near its end leaves the connection usable", async () => {
  await using server = new ScriptedServer({ revision: "2024a", onRequest: atThirdPacket() });
  await using own = await OwnParty.oldFriend(server);
  // Such packets end where no piece of the file does: the error comes inside one of them.
  const session = await own.session(server, { packetSize: 1_000_000 });
  const sent = await session.send(await own.file("big.bin", bigContent()), ignored);
  strictEqual(sent.attempts, 2);
  strictEqual(server.heard.length, 1);
  ok(server.requests.filter(({ kind }) => kind === "file").length < 2 * 13);
  strictEqual(server.files.get("big.bin")?.byteLength, BIG_SIZE);
});
