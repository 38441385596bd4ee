import { deepStrictEqual, match, ok } from "node:assert/strict";
import { REPLY_HEADER, type RequestKind } from "../../shared/protocol3/message.ts";
import type { Reply } from "../../shared/protocol3/reply.ts";
import type { FileRequest, ShortRequest } from "../../shared/protocol3/request.ts";
import { IDENTITY, OwnParty } from "../../tests/peers/own_party.ts";
import { type Answer, type Script, ScriptedServer } from "../../tests/peers/scripted_server.ts";
import { always, endlessly, forStranger } from "../../tests/peers/scripts.ts";
import { ClientError, EXIT } from "../client_error.ts";

const KINDS: readonly RequestKind[] = ["register", "publicKey", "reconnect", "file", "crcValid"];
const PLAIN = "The quick brown fox jumps over the lazy dog.\n";

/** Milliseconds after which the client abandons a silent server. None of these is silent. */
const TIMEOUT = 30_000;

/**
 * Far less than `TIMEOUT`: a client that takes longer has waited for something that does not come.
 */
const BOUND = 20_000;

function header(code: number, payloadSize: number): Uint8Array {
  return REPLY_HEADER.encode({ version: 3, code, payloadSize });
}

/** A reply that is due to another request. */
function outOfTurn(
  { kind, clientId }: Pick<ShortRequest | FileRequest, "kind" | "clientId">,
): Reply {
  // Acknowledgements of single packets are skipped.
  const acknowledged = kind === "crcValid" || kind === "file";
  return { kind: acknowledged ? "registered" : "acknowledged", clientId };
}

/** Sends a file to a server that answers each request of a kind like this; how it failed. */
async function failure(kind: RequestKind, answer: Answer | Script): Promise<ClientError> {
  await using server = new ScriptedServer({ revision: "2024a", onRequest: always(kind, answer) });
  await using own = await OwnParty.whoHasToSay(kind, server);
  const session = await own.session(server, { retries: 1, timeout: TIMEOUT });
  const file = await own.file("fox.txt", PLAIN);
  const begun = performance.now();
  const outcome = await session.send(file, () => {}).catch((error) => error);
  ok(performance.now() - begun < BOUND, `It took too long at "${kind}"`);
  ok(outcome instanceof ClientError, `${outcome} at "${kind}"`);
  deepStrictEqual(outcome.exitCode, EXIT.failed, kind);
  const identity = await own.files.load();
  if (server.requests[0]?.kind === "reconnect") deepStrictEqual(identity, IDENTITY);
  else deepStrictEqual(identity === undefined, kind === "register");
  return outcome;
}

/** Replies with whole frames: the connection can be used again. */
const FRAMED: Readonly<Record<string, readonly [Answer | Script, RegExp]>> = {
  "with a reply that is due to another request": [outOfTurn, /answered "\w+"/],
  "with a code that is none": [header(1699, 0), /unknown code 1699/],
  "with the codes of another family": [header(2104, 0), /unknown code 2104/],
  "with a payload that is too short": [
    Uint8Array.of(...header(1604, 15), ...new Uint8Array(15)),
    /payload of 15 bytes instead of 16/,
  ],
};

for (const [how, [answer, detail]] of Object.entries(FRAMED)) {
  Deno.test(`A session gives up a server that answers ${how}`, async () => {
    const failures = await Promise.all(KINDS.map((kind) => failure(kind, answer)));
    for (const { reason, message } of failures) {
      deepStrictEqual(reason, "server-error", message);
      match(message, detail);
    }
  });
}

Deno.test("A session gives up a server that answers another client", async () => {
  for (const kind of KINDS.slice(1)) {
    const { reason, message } = await failure(kind, forStranger);
    deepStrictEqual(reason, "server-error");
    // A server refuses a repeated request that it has acted on, so the last error may be another
    // one.
    match(message, kind === "crcValid" ? /reported an error/ : /answered another client/);
  }
});

Deno.test("A session gives up a server whose AES key it cannot decrypt", async () => {
  const encryptedKey = crypto.getRandomValues(new Uint8Array(128));
  for (
    const [asked, answered] of [
      ["publicKey", "keyAccepted"],
      ["reconnect", "reconnectAccepted"],
    ] as const
  ) {
    const { reason, message } = await failure(
      asked,
      ({ clientId }) => ({ kind: answered, clientId, encryptedKey }),
    );
    deepStrictEqual(reason, "server-error");
    match(message, /the AES key that the server sent cannot be decrypted/);
  }
});

/** Bytes after which no reply can be read. */
const BROKEN: Readonly<Record<string, Answer | Script>> = {
  "with a reply of 4 GiB": header(1600, 0xffff_ffff),
  "with a page of HTML": new TextEncoder().encode("HTTP/1.1 400 Bad Request\r\n\r\n<html></html>"),
  "with zeros without end": () => endlessly(new Uint8Array(4096)),
  "with noise without end": () => endlessly(crypto.getRandomValues(new Uint8Array(4096))),
  "with replies without end": (request) => endlessly(outOfTurn(request)),
  "with errors without end": () => endlessly({ kind: "serverError" }),
};

for (const [how, answer] of Object.entries(BROKEN)) {
  Deno.test(`A session gives up a server that answers ${how}`, async () => {
    const failures = await Promise.all(KINDS.map((kind) => failure(kind, answer)));
    for (const { reason, message } of failures) {
      // HTML is recognised, unless the server has spoken the protocol on that connection before.
      const reasons = [
        "server-error",
        "connection-lost",
        ...how.includes("HTML") ? ["no-revision"] : [],
      ];
      ok(reasons.includes(reason), `${reason}: ${message}`);
    }
  });
}
