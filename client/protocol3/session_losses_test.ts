import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { sameBytes } from "../../shared/wire/bytes.ts";
import type { RequestKind } from "../../shared/protocol3/message.ts";
import {
  bigContent,
  failsWith,
  OwnParty,
  type SessionHabits,
} from "../../tests/peers/own_party.ts";
import {
  type Answer,
  ScriptedServer,
  type ServerScript,
} from "../../tests/peers/scripted_server.ts";
import { always, first } from "../../tests/peers/scripts.ts";
import { EXIT } from "../client_error.ts";
import { NOBODY } from "../../tests/peers/nobody.ts";

const PLAIN = "The quick brown fox jumps over the lazy dog.\n";
/** What a lost connection is followed by for `crcValid` is in `confirmation_test.ts`. */
const KINDS: readonly RequestKind[] = ["register", "publicKey", "reconnect", "file"];
const LOST = { reason: "connection-lost", exitCode: EXIT.failed } as const;

/** Long enough for a server that answers, on a slow machine too. */
const SHORT = 1_000;

/** How a server can leave a client without a reply, and the message. */
const WAYS: Readonly<Record<string, readonly [Answer, RegExp]>> = {
  "closes": ["close", /^The server closed the connection; trying again in 0.25 s \(1 of 1\)$/],
  "closes inside a reply's header": [
    [Uint8Array.of(3, 0x40), "close"],
    /^The server closed inside a reply's header; trying/,
  ],
  "closes inside a reply's payload": [
    [Uint8Array.of(3, 0x40, 6, 16, 0, 0, 0, 1, 2, 3), "close"],
    /^The server closed inside a reply's payload; trying/,
  ],
  "says nothing": ["nothing", /^The server did not answer within 1 s; trying/],
};

const NOTHING = new Uint8Array(0);
const ignored = () => {};

/** The requests on the second connection after the first was lost at a request of this kind. */
function secondAttempt(kind: RequestKind): readonly RequestKind[] {
  if (kind === "register") return ["register", "publicKey", "file", "crcValid"];
  // The id was given, and is not requested again.
  if (kind === "publicKey") return ["publicKey", "file", "crcValid"];
  return ["reconnect", "file", "crcValid"];
}

async function send(
  kind: RequestKind,
  { habits, ...script }: Omit<ServerScript, "revision"> & { readonly habits: SessionHabits },
) {
  await using server = new ScriptedServer({ revision: "2024a", ...script });
  await using own = await OwnParty.whoHasToSay(kind, server);
  const session = await own.session(server, habits);
  const sending = session.send(await own.file("fox.txt", PLAIN), ignored);
  await sending.catch(() => {});
  return { sending, heard: server.heard, troubles: own.troubles, kept: server.files.size === 1 };
}

for (const [how, [answer, line]] of Object.entries(WAYS)) {
  Deno.test(`A session begins again on a new connection when a server ${how}`, async () => {
    const habits = { retries: 1, timeout: answer === "nothing" ? SHORT : 30_000 };
    await Promise.all(KINDS.map(async (kind) => {
      const result = await send(kind, { habits, onRequest: first(1, kind, answer) });
      await result.sending;
      strictEqual(result.heard[0]?.at(-1), kind);
      deepStrictEqual(result.heard[1], secondAttempt(kind));
      strictEqual(result.troubles.length, 1, kind);
      match(result.troubles[0] ?? "", line, kind);
      ok(result.kept);
    }));
  });
}

Deno.test("A session gives up when a server closes each time", async () => {
  await Promise.all(KINDS.map(async (kind) => {
    const { sending, heard, troubles } = await send(kind, {
      habits: { retries: 1 },
      onRequest: always(kind, "close"),
    });
    await failsWith(sending, { ...LOST, message: /"fox.txt": The server closed the connection/ });
    strictEqual(heard.length, 2, kind);
    strictEqual(troubles.length, 1, kind);
  }));
});

Deno.test("A session gives up when a server never says anything", async () => {
  const { sending, heard } = await send("reconnect", {
    habits: { retries: 1, timeout: 50 },
    onRequest: always("reconnect", "nothing"),
  });
  await failsWith(sending, { ...LOST, message: /did not answer within 0.05 s/ });
  deepStrictEqual(heard, [["reconnect"], ["reconnect"]]);
});

Deno.test("A session gives up when a server closes before anything is said", async () => {
  const { sending } = await send("reconnect", { habits: { retries: 1 }, onConnect: "close" });
  await failsWith(sending, LOST);
});

Deno.test("The pauses before new connections grow", async () => {
  const { sending, troubles } = await send("file", {
    habits: { retries: 2 },
    onRequest: always("file", "close"),
  });
  await failsWith(sending, LOST);
  deepStrictEqual(troubles.map((line) => line.split("; ")[1]), [
    "trying again in 0.25 s (1 of 2)",
    "trying again in 0.5 s (2 of 2)",
  ]);
});

Deno.test("A session whose connection is reset inside a file sends all of it again", async () => {
  const plain = bigContent();
  await using server = new ScriptedServer({
    revision: "2024a",
    // Most of the content is still unread then, which makes it a reset.
    onFileHead: first(1, "file", "close"),
  });
  await using own = await OwnParty.oldFriend(server);
  const session = await own.session(server, { retries: 1 });
  const sent = await session.send(await own.file("big.bin", plain), ignored);
  strictEqual(sent.attempts, 2);
  deepStrictEqual(server.heard[0], ["reconnect", "file"]);
  ok(sameBytes(server.files.get("big.bin") ?? NOTHING, plain));
});

Deno.test("A session whose server takes no bytes for too long sends all of it again", async () => {
  const plain = bigContent();
  await using server = new ScriptedServer({
    revision: "2023c",
    onFileHead: first(1, "file", "deaf"),
  });
  await using own = await OwnParty.oldFriend(server);
  // Long enough for a busy machine to take all of it at the second try.
  const session = await own.session(server, { retries: 1, timeout: 3_000 });
  await session.send(await own.file("big.bin", plain), ignored);
  match(own.troubles[0] ?? "", /^The server took nothing for 3 s; trying/);
  ok(sameBytes(server.files.get("big.bin") ?? NOTHING, plain));
});

Deno.test("A session that finds nobody listening says so", async () => {
  await using own = await OwnParty.oldFriend();
  const server = { address: NOBODY, revision: "2024a" } as const;
  for (
    const habits of [{ revision: "2024a", retries: 1 }, { revision: "auto", retries: 0 }] as const
  ) {
    const session = await own.session(server, habits);
    await failsWith(session.send(await own.file("fox.txt", PLAIN), ignored), {
      reason: "no-connection",
      exitCode: EXIT.noConnection,
      message: /^No server listens on 127\.0\.0\.1:1; check the address/,
    });
  }
  strictEqual(own.troubles.length, 1);
});

Deno.test("A server that goes away after it was there is a lost connection", async () => {
  await using server = new ScriptedServer({
    ...{ revision: "2024a", stops: true },
    onRequest: always("file", ["stop", "close"]),
  });
  await using own = await OwnParty.oldFriend(server);
  const session = await own.session(server, { retries: 1 });
  await failsWith(session.send(await own.file("fox.txt", PLAIN), ignored), {
    ...LOST,
    message: /No server listens/,
  });
});
