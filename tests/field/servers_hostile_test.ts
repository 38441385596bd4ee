/** Tolerance has bounds: servers that never come to an end are given up, each under a name. */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { ClientError, type ClientReason, EXIT } from "../../client/client_error.ts";
import { REPLY_HEADER, type RequestKind } from "../../shared/protocol3/message.ts";
import type { Reply } from "../../shared/protocol3/reply.ts";
import { lcg } from "../kernel/golden_vectors.ts";
import { OwnParty } from "../peers/own_party.ts";
import { type Answer, type Script, ScriptedServer } from "../peers/scripted_server.ts";
import { always, either, endlessly, wrongChecksum } from "../peers/scripts.ts";
import { allOf } from "./server_play.ts";
import type { ClientId } from "../../shared/wire/client_id.ts";

/**
 * Milliseconds after which the client gives a silent server up: long enough for one that is slow.
 */
const TIMEOUT = 1_000;

/** Far more than the retries, pauses and timeouts below add up to. */
const BOUND = 20_000;

const ZEROS = new Uint8Array(4096);

/** Either may come first when a server says too much, and closes or is closed then. */
const TOO_MUCH: readonly ClientReason[] = ["server-error", "connection-lost"];

const LOST: readonly ClientReason[] = ["connection-lost"];
const ERROR: readonly ClientReason[] = ["server-error"];

type Server = readonly [Script, readonly ClientReason[]];

function header(code: number, payloadSize: number): Uint8Array {
  return REPLY_HEADER.encode({ version: 3, code, payloadSize });
}

function acknowledged({ clientId }: { readonly clientId: ClientId }): Reply {
  return { kind: "acknowledged", clientId };
}

/** A "file received" with nothing but an id. */
function packetReply({ clientId }: { readonly clientId: ClientId }): Uint8Array {
  return Uint8Array.of(...header(1603, 16), ...clientId);
}

/** Replies by the book and closes; does something else about requests of a kind. */
function hangingUp(kind: RequestKind, otherwise: Answer | Script): Script {
  return either(always(kind, otherwise), async (_request, { official, encode }) => {
    const reply = await official();
    return reply === undefined ? "nothing" : [encode(reply), "close"];
  });
}

/** Servers that say too much. */
const WITHOUT_END: Readonly<Record<string, Server>> = {
  "acknowledges a file without end": [
    always("file", (request) => endlessly(acknowledged(request))),
    TOO_MUCH,
  ],
  "acknowledges a file without end and without an id": [
    always("file", () => endlessly(header(1604, 0))),
    TOO_MUCH,
  ],
  "acknowledges each packet several times, and never says a checksum": [
    always("file", (request) => Array(4).fill(acknowledged(request))),
    TOO_MUCH,
  ],
  "answers packets without end": [
    always("file", (request) => endlessly(packetReply(request))),
    TOO_MUCH,
  ],
  "answers each packet several times, and never says a checksum": [
    always("file", (request) => Array(4).fill(packetReply(request))),
    TOO_MUCH,
  ],
  "answers a verdict as if it were a packet": [always("crcValid", packetReply), ERROR],
  "answers a reconnect as if it were packets, without end": [
    always("reconnect", (request) => endlessly(packetReply(request))),
    TOO_MUCH,
  ],
  "sends zeros without end in place of a checksum": [
    always("file", () => endlessly(ZEROS)),
    TOO_MUCH,
  ],
  "sends zeros without end, a few at a time": [
    always("reconnect", () => endlessly(new Uint8Array(7))),
    TOO_MUCH,
  ],
  "refuses a reconnect without end and without an id": [
    always("reconnect", () => endlessly(header(1606, 0))),
    TOO_MUCH,
  ],
  "refuses every reconnect, and does not send the id that it should announce": [
    either(always("reconnect", header(1606, 0)), always("register", header(1600, 0))),
    LOST,
  ],
  "sends a key and no id": [
    always("reconnect", Uint8Array.of(...header(1605, 128), ...new Uint8Array(128))),
    LOST,
  ],
};

/** Servers that close after every reply, without end. */
const HANGING_UP: Readonly<Record<string, Server>> = {
  "always finds another checksum": [
    hangingUp("file", async (request, turn) => {
      const reply = await wrongChecksum(request, turn);
      return reply === undefined || typeof reply !== "object" || !("kind" in reply)
        ? reply
        : [reply, "close"];
    }),
    ["checksum-mismatch"],
  ],
  "answers each file with an error": [hangingUp("file", [{ kind: "serverError" }, "close"]), ERROR],
  "closes at each file": [hangingUp("file", "close"), LOST],
  "does not answer a file": [hangingUp("file", "nothing"), LOST],
  "acknowledges each packet": [
    hangingUp("file", (request) => [acknowledged(request), "close"]),
    LOST,
  ],
  "answers each verdict with an error": [
    hangingUp("crcValid", [{ kind: "serverError" }, "close"]),
    ERROR,
  ],
  "closes at each verdict": [hangingUp("crcValid", "close"), LOST],
  "answers each reconnect out of turn": [
    hangingUp("reconnect", (request) => [acknowledged(request), "close"]),
    TOO_MUCH,
  ],
  "knows nobody the next time": [
    hangingUp("file", ({ clientId }) => [{ kind: "reconnectRefused", clientId }, "close"]),
    TOO_MUCH,
  ],
};

Deno.test("A session gives up endless or closing servers in bounded time", async () => {
  await allOf([...Object.entries(WITHOUT_END), ...Object.entries(HANGING_UP)].map(givenUp));
});

Deno.test("A reply followed by too many zeros counts, its connection does not", async () => {
  await using server = new ScriptedServer({
    revision: "2024a",
    onRequest: always("crcValid", async (_request, { official }) => {
      const reply = await official();
      return reply === undefined ? "nothing" : [reply, ...Array(64).fill(ZEROS)];
    }),
  });
  await using own = await OwnParty.oldFriend(server);
  const session = await own.session(server, { retries: 0, timeout: TIMEOUT });
  for (const name of ["a.txt", "b.txt"]) {
    await session.send(await own.file(name, "The quick brown fox"), () => {});
  }
  strictEqual(server.heard.length, 2);
  deepStrictEqual([...server.files.keys()], ["a.txt", "b.txt"]);
});

async function givenUp([what, [onRequest, reasons]]: readonly [string, Server]): Promise<void> {
  await using server = new ScriptedServer({ revision: "2024a", onRequest });
  await using own = await OwnParty.oldFriend(server);
  const habits = { retries: 1, timeout: TIMEOUT, packetSize: 1_000 };
  const session = await own.session(server, habits);
  const file = await own.file("fox.bin", lcg(1, 3_500));
  const begun = performance.now();
  const outcome = await session.send(file, () => {}).catch((error) => error);
  ok(performance.now() - begun < BOUND, `It took too long: ${what}`);
  ok(outcome instanceof ClientError, `${what}: ${outcome}`);
  ok(reasons.includes(outcome.reason), `${what}: ${outcome.reason}: ${outcome.message}`);
  strictEqual(outcome.exitCode, EXIT.failed, what);
}
