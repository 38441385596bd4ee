import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import type { ReplyEvent } from "../../../shared/protocol3/parsing/reply_parser.ts";
import { encodeReply, type Reply } from "../../../shared/protocol3/reply.ts";
import { encodeRequest } from "../../../shared/protocol3/request.ts";
import { REVISIONS } from "../../../shared/protocol3/revision.ts";
import { TextField } from "../../../shared/wire/layout.ts";
import { NOBODY } from "../../../tests/peers/nobody.ts";
import { type Answer, ScriptedServer } from "../../../tests/peers/scripted_server.ts";
import { always, endlessly } from "../../../tests/peers/scripts.ts";
import { joined } from "../../../tests/kernel/golden_vectors.ts";
import { ConnectFailed, ConnectionLost } from "./errors.ts";
import { ServerConnection } from "./server_connection.ts";
import { clientIdOf } from "../../../shared/wire/client_id.ts";
import { LenientClock } from "../../../tests/peers/lenient_clock.ts";

const REVISION = REVISIONS["2024a"];
const ID = clientIdOf(new Uint8Array(16).fill(1));
const REFUSED: Reply = { kind: "registrationRefused" };
const REGISTERED: Reply = { kind: "registered", clientId: ID };
const REGISTER = encodeRequest(REVISION, {
  kind: "register",
  clientId: ID,
  name: TextField.of("Michael Jackson"),
});

/** More than the socket buffers between client and server can take. */
const TOO_MUCH = new Uint8Array(64 * 1024 * 1024);

/** Does something on a connection to a server that says something as soon as it is made. */
async function onConnection(
  { onConnect, timeout = 30_000 }: { readonly onConnect: Answer; readonly timeout?: number },
  work: (connection: ServerConnection) => Promise<void>,
): Promise<void> {
  await using server = new ScriptedServer({ revision: "2024a", onConnect });
  const options = { revisions: [REVISION], timeout, clock: new LenientClock() };
  const connection = await ServerConnection.open(server.address, options);
  try {
    await work(connection);
  } finally {
    await connection.close();
  }
}

function bytesOf(...replies: readonly Reply[]): Uint8Array {
  return joined(replies.map((reply) => encodeReply(REVISION, reply)));
}

async function lost(work: Promise<unknown>, message: RegExp): Promise<void> {
  await rejects(work, (error) => {
    ok(error instanceof ConnectionLost, `${error}`);
    ok(message.test(error.message), error.message);
    return true;
  });
}

function kindOf(event: ReplyEvent): string {
  if (event.type === "packetReceived") return event.type;
  return event.type === "refused" ? event.error.reason : event.reply.kind;
}

async function kinds(connection: ServerConnection, count: number): Promise<readonly string[]> {
  const heard: string[] = [];
  while (heard.length < count) {
    const event = await connection.next();
    heard.push(kindOf(event));
  }
  return heard;
}

Deno.test("open() fails with the address when nobody listens there", async () => {
  const opening = ServerConnection.open(NOBODY, {
    revisions: [REVISION],
    timeout: 30_000,
    clock: new LenientClock(),
  });
  await rejects(opening, (error) => {
    ok(error instanceof ConnectFailed);
    strictEqual(
      error.message,
      "No server listens on 127.0.0.1:1; check the address, and that the server runs",
    );
    return true;
  });
});

Deno.test("next() brings replies one by one that came in one piece", async () => {
  const onConnect = bytesOf(REFUSED, REGISTERED, REFUSED);
  await onConnection({ onConnect }, async (connection) => {
    const expected = ["registrationRefused", "registered", "registrationRefused"];
    deepStrictEqual(await kinds(connection, 3), expected);
  });
});

Deno.test("next() puts replies together that came byte by byte", async () => {
  const onConnect = Array.from(bytesOf(REGISTERED, REFUSED), (byte) => Uint8Array.of(byte));
  await onConnection({ onConnect }, async (connection) => {
    deepStrictEqual(await kinds(connection, 2), ["registered", "registrationRefused"]);
  });
});

Deno.test("next() brings what came before the server closed, then says that it has", async () => {
  await onConnection({ onConnect: [REGISTERED, REFUSED, "close"] }, async (connection) => {
    deepStrictEqual(await kinds(connection, 2), ["registered", "registrationRefused"]);
    await lost(connection.next(), /^The server closed the connection$/);
    ok(connection.ended);
    await lost(connection.next(), /^The server closed the connection$/);
  });
});

Deno.test("next() brings what is no reply as refused, and goes on where it can", async () => {
  const onConnect = [Uint8Array.of(3, 1, 1, 0, 0, 0, 0), REFUSED];
  await onConnection({ onConnect }, async (connection) => {
    deepStrictEqual(await kinds(connection, 2), ["unknown-code", "registrationRefused"]);
  });
});

Deno.test("next() ends a connection on which nothing can be read any more", async () => {
  const onConnect = Uint8Array.of(3, 0x40, 6, 0xff, 0xff, 0xff, 0xff);
  await onConnection({ onConnect }, async (connection) => {
    deepStrictEqual(await kinds(connection, 1), ["payload-too-large"]);
    await lost(connection.next(), /what is no reply of protocol 3/);
    ok(connection.ended);
  });
});

Deno.test("next() ends a connection that is silent for too long", async () => {
  await onConnection({ onConnect: "nothing", timeout: 30 }, async (connection) => {
    await lost(connection.next(), /^The server did not answer within 0.03 s$/);
    ok(connection.ended);
    await lost(connection.send(REGISTER), /did not answer/);
  });
});

Deno.test("next() waits no longer than the limit that it is given", async () => {
  await onConnection({ onConnect: "nothing" }, async (connection) => {
    await lost(connection.next(20), /^The server did not answer within 0.02 s$/);
  });
});

Deno.test("next() ends a connection with more replies than anyone asked for", async () => {
  await onConnection({ onConnect: endlessly(bytesOf(REFUSED, REFUSED)) }, async (connection) => {
    await lost(kinds(connection, Infinity), /what is no reply of protocol 3|broke/);
  });
});

for (const count of [10_000, 10_001]) {
  const end = count > 10_000 ? "ends the connection" : "is kept";
  Deno.test(`a queue of ${count} replies that nobody reads ${end}`, async () => {
    const replies = new Array<Reply>(count - 1).fill(REFUSED);
    const onConnect = bytesOf(...replies, REGISTERED);
    await onConnection({ onConnect }, async (connection) => {
      const isLast = (event: ReplyEvent) => kindOf(event) === "registered";
      while (connection.find(isLast) === undefined) await connection.linger(10);
      if (count > 10_000) await connection.linger(30_000);
      strictEqual(connection.ended, count > 10_000);
      strictEqual((await kinds(connection, count)).length, count);
    });
  });
}

Deno.test("find() leaves a reply where it is, and forget() drops all that came", async () => {
  const isRefusal = (event: ReplyEvent) => kindOf(event) === "registrationRefused";
  // One piece, so that when the first reply is there the others are too.
  const onConnect = bytesOf(REGISTERED, REGISTERED, REFUSED, REFUSED);
  await onConnection({ onConnect }, async (connection) => {
    await connection.next();
    const refusal = connection.find(isRefusal);
    ok(refusal?.type === "reply" && refusal.reply.kind === "registrationRefused");
    strictEqual(connection.find(isRefusal), refusal);
    deepStrictEqual(await kinds(connection, 2), ["registered", "registrationRefused"]);
    connection.forget();
    strictEqual(connection.find(() => true), undefined);
  });
});

Deno.test("skip() drops replies that fit, up to the first that does not", async () => {
  const isRefusal = (event: ReplyEvent) => kindOf(event) === "registrationRefused";
  const onConnect = bytesOf(REFUSED, REFUSED, REFUSED, REGISTERED, REFUSED);
  await onConnection({ onConnect }, async (connection) => {
    await connection.next();
    connection.skip(isRefusal);
    connection.skip(isRefusal);
    deepStrictEqual(await kinds(connection, 2), ["registered", "registrationRefused"]);
    connection.skip(isRefusal);
    strictEqual(connection.find(() => true), undefined);
  });
});

Deno.test("send() sends all of a piece that does not leave at once", async () => {
  const times = 20_000;
  await using server = new ScriptedServer({
    revision: "2024a",
    onRequest: always("register", "nothing"),
  });
  const options = { revisions: [REVISION], timeout: 30_000, clock: new LenientClock() };
  const connection = await ServerConnection.open(server.address, options);
  await connection.send(joined(Array.from({ length: times }, () => REGISTER)));
  await connection.close();
  // It ends when the server has read to the end.
  await server[Symbol.asyncDispose]();
  strictEqual(server.requests.length, times);
});

Deno.test("send() fails when the server takes nothing for the whole timeout", async () => {
  await onConnection({ onConnect: "deaf", timeout: 100 }, async (connection) => {
    await lost(connection.send(TOO_MUCH), /^The server took nothing for 0.1 s$/);
    ok(connection.ended);
  });
});

Deno.test("send() fails when the server closes before all is taken", async () => {
  await onConnection({ onConnect: "close" }, async (connection) => {
    await lost(connection.send(TOO_MUCH), /closed the connection|broke/);
  });
});

Deno.test("close() ends a wait for a reply, and may be repeated", async () => {
  await onConnection({ onConnect: "nothing" }, async (connection) => {
    const waiting = lost(connection.next(), /^The connection was closed$/);
    await connection.close();
    await connection.close();
    await waiting;
    await lost(connection.send(REGISTER), /^The connection was closed$/);
  });
});
