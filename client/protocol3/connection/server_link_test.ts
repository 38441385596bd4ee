import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import type { Reply } from "../../../shared/protocol3/reply.ts";
import { encodeRequest } from "../../../shared/protocol3/request.ts";
import { REVISIONS } from "../../../shared/protocol3/revision.ts";
import type { ServerDeviation } from "../../../shared/protocol3/parsing/reply_parser.ts";
import { TextField } from "../../../shared/wire/layout.ts";
import { type Answer, type Script, ScriptedServer } from "../../../tests/peers/scripted_server.ts";
import type { Quirk } from "../../settings/send_settings.ts";
import { ask } from "./request_reply.ts";
import { ConnectionLost } from "./errors.ts";
import { ServerLink } from "./server_link.ts";
import { clientIdOf } from "../../../shared/wire/client_id.ts";
import { LenientClock } from "../../../tests/peers/lenient_clock.ts";

const REVISION = REVISIONS["2024a"];
const ID = clientIdOf(new Uint8Array(16).fill(1));
const REGISTERED: Reply = { kind: "registered", clientId: ID };
const REFUSED: Reply = { kind: "registrationRefused" };
const ERROR: Reply = { kind: "serverError" };

/** Milliseconds in which a server that closes has closed. */
const LONGEST_WAIT = 10_000;

const REGISTER = request("register");
const RECONNECT = request("reconnect");

function request(kind: "register" | "reconnect"): Uint8Array {
  return encodeRequest(REVISION, { kind, clientId: ID, name: TextField.of("Michael Jackson") });
}

/** What is done on a link, and what is seen of it. */
interface Seen {
  readonly link: ServerLink;
  readonly server: ScriptedServer;
  readonly noted: readonly ServerDeviation[];
}

/** Does something on a link to a server that answers like this. */
async function onLink(
  { onRequest, quirks = [] }: {
    readonly onRequest: Script;
    readonly quirks?: readonly Quirk[];
  },
  work: (seen: Seen) => Promise<void>,
): Promise<void> {
  await using server = new ScriptedServer({ revision: "2024a", onRequest });
  const noted: ServerDeviation[] = [];
  const link = await ServerLink.open({
    server: server.address,
    revisions: [REVISION],
    timeout: 30_000,
    clock: new LenientClock(),
    quirks: new Set(quirks),
    onDeviation: (deviation) => void noted.push(deviation),
  });
  try {
    await work({ link, server, noted });
  } finally {
    await link.close();
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
    await onLink({ onRequest: () => answer }, async ({ link, noted }) => {
      await link.request(REGISTER);
      await link.linger(LONGEST_WAIT);
      strictEqual(link.ended, !always);
      strictEqual(link.hangsUp, always);
      deepStrictEqual(noted, always ? ["close-after-reply"] : []);
    });
  });
}

Deno.test("A server that closes at a further request has ended the connection", async () => {
  const onRequest: Script = ({ kind }) => kind === "register" ? REGISTERED : "close";
  await onLink({ onRequest }, async ({ link, server, noted }) => {
    await ask(link, REGISTER);
    await rejects(ask(link, RECONNECT), ConnectionLost);
    ok(link.ended);
    deepStrictEqual(server.heard, [["register", "reconnect"]]);
    deepStrictEqual(noted, []);
  });
});

Deno.test("A server that closes after each reply gets a connection per request", async () => {
  await onLink({ onRequest: () => [REGISTERED, "close"] }, async ({ link, server, noted }) => {
    await ask(link, REGISTER);
    await link.linger(LONGEST_WAIT);
    for (let times = 0; times < 3; times++) await ask(link, RECONNECT);
    deepStrictEqual(server.heard, [["register"], ["reconnect"], ["reconnect"], ["reconnect"]]);
    deepStrictEqual(noted, ["close-after-reply"]);
  });
});

Deno.test("A request without an answer shares the connection of the one that follows", async () => {
  const onRequest: Script = (_request, { nth }) =>
    nth % 2 === 0 ? [REGISTERED, "close"] : "nothing";
  await onLink({
    onRequest: (request, turn) =>
      request.kind === "register" ? [REGISTERED, "close"] : onRequest(request, turn),
  }, async ({ link, server }) => {
    await ask(link, REGISTER);
    await link.linger(LONGEST_WAIT);
    await link.request(RECONNECT);
    await ask(link, RECONNECT);
    deepStrictEqual(server.heard, [["register"], ["reconnect", "reconnect"]]);
  });
});

Deno.test("A link with a connection per request records no deviation", async () => {
  const quirks = ["connection-per-request"] as const;
  await onLink({ onRequest: () => REGISTERED, quirks }, async ({ link, server, noted }) => {
    for (let times = 0; times < 3; times++) await ask(link, RECONNECT);
    deepStrictEqual(server.heard, Array(3).fill(["reconnect"]));
    deepStrictEqual(noted, []);
  });
});
