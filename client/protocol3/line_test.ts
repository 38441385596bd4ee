import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import type { Reply } from "../../shared/protocol3/reply.ts";
import { encodeRequest } from "../../shared/protocol3/request.ts";
import { REVISIONS } from "../../shared/protocol3/revision.ts";
import type { ServerDeviation } from "../../shared/protocol3/server_deviation.ts";
import { TextField } from "../../shared/wire/text_field.ts";
import { type Answer, type Script, ScriptedServer } from "../../tests/peers/scripted_server.ts";
import type { Compat } from "./connection/quirks.ts";
import { ask } from "./connection/request_reply.ts";
import { ConnectionLost } from "./connection/errors.ts";
import { Line } from "./connection/server_link.ts";

const REVISION = REVISIONS["2024a"];
const ID = new Uint8Array(16).fill(1);
const REGISTERED: Reply = { kind: "registered", clientId: ID };
const REFUSED: Reply = { kind: "registrationRefused" };
const ERROR: Reply = { kind: "serverError" };

/** Milliseconds in which a server that closes has closed. */
const PATIENCE = 10_000;

const REGISTER = request("register");
const RECONNECT = request("reconnect");

function request(kind: "register" | "reconnect"): Uint8Array {
  return encodeRequest(REVISION, { kind, clientId: ID, name: TextField.of("Michael Jackson") });
}

/** What is done on a line, and what is seen of it. */
interface Seen {
  readonly line: Line;
  readonly server: ScriptedServer;
  readonly noted: readonly ServerDeviation[];
}

/** Does something on a line to a server that answers like this. */
async function onLine(
  { onRequest, compats = [] }: {
    readonly onRequest: Script;
    readonly compats?: readonly Compat[];
  },
  work: (seen: Seen) => Promise<void>,
): Promise<void> {
  await using server = new ScriptedServer({ revision: "2024a", onRequest });
  const noted: ServerDeviation[] = [];
  const line = await Line.open({
    server: server.address,
    revisions: [REVISION],
    timeout: 30_000,
    compats: new Set(compats),
    onDeviation: (deviation) => void noted.push(deviation),
  });
  try {
    await work({ line, server, noted });
  } finally {
    await line.close();
  }
}

/** How a server closes, and whether it is one that does so after every reply. */
const CLOSES: Readonly<Record<string, readonly [Answer, boolean]>> = {
  "behind a reply": [[REGISTERED, "close"], true],
  "behind a refusal": [[REFUSED, "close"], true],
  "behind an error": [[ERROR, "close"], false],
  "behind several replies": [[REGISTERED, REGISTERED, "close"], false],
  "without a reply": ["close", false],
  "inside a reply": [[REGISTERED, Uint8Array.of(3, 0x40), "close"], false],
};

for (const [how, [answer, always]] of Object.entries(CLOSES)) {
  const what = always ? "is expected to do so each time" : "has ended the connection";
  Deno.test(`A server that closes ${how} ${what}`, async () => {
    await onLine({ onRequest: () => answer }, async ({ line, noted }) => {
      await line.request(REGISTER);
      await line.linger(PATIENCE);
      strictEqual(line.ended, !always);
      strictEqual(line.hangsUp, always);
      deepStrictEqual(noted, always ? ["close-after-reply"] : []);
    });
  });
}

Deno.test("A server that closes when it is asked something more has ended the connection", async () => {
  const onRequest: Script = ({ kind }) => kind === "register" ? REGISTERED : "close";
  await onLine({ onRequest }, async ({ line, server, noted }) => {
    await ask(line, REGISTER);
    await rejects(ask(line, RECONNECT), ConnectionLost);
    ok(line.ended);
    deepStrictEqual(server.heard, [["register", "reconnect"]]);
    deepStrictEqual(noted, []);
  });
});

Deno.test("A server that closes after every reply gets each request over a connection of its own", async () => {
  await onLine({ onRequest: () => [REGISTERED, "close"] }, async ({ line, server, noted }) => {
    await ask(line, REGISTER);
    await line.linger(PATIENCE);
    for (let times = 0; times < 3; times++) await ask(line, RECONNECT);
    deepStrictEqual(server.heard, [["register"], ["reconnect"], ["reconnect"], ["reconnect"]]);
    deepStrictEqual(noted, ["close-after-reply"]);
  });
});

Deno.test("A request without an answer shares the connection of the one that follows", async () => {
  const onRequest: Script = (_request, { nth }) =>
    nth % 2 === 0 ? [REGISTERED, "close"] : "nothing";
  await onLine({
    onRequest: (request, turn) =>
      request.kind === "register" ? [REGISTERED, "close"] : onRequest(request, turn),
  }, async ({ line, server }) => {
    await ask(line, REGISTER);
    await line.linger(PATIENCE);
    await line.request(RECONNECT);
    await ask(line, RECONNECT);
    deepStrictEqual(server.heard, [["register"], ["reconnect", "reconnect"]]);
  });
});

Deno.test("A line with a connection per request makes one for each, and notes nothing", async () => {
  const compats = ["connection-per-request"] as const;
  await onLine({ onRequest: () => REGISTERED, compats }, async ({ line, server, noted }) => {
    for (let times = 0; times < 3; times++) await ask(line, RECONNECT);
    deepStrictEqual(server.heard, Array(3).fill(["reconnect"]));
    deepStrictEqual(noted, []);
  });
});
