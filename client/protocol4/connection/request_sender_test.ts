import { ok, rejects, strictEqual } from "node:assert/strict";
import { TestClock } from "../../../tests/peers/test_clock.ts";
import { ClientError } from "../../client_error.ts";
import { SYSTEM_CLOCK } from "../../system_clock.ts";
import {
  countedBody,
  reasonOf,
  text,
  TIMEOUT,
  utf8,
  withServer,
} from "../../../tests/protocol4/fixtures/http_peer.ts";
import { HttpConnection } from "./http_connection.ts";

Deno.test("Bodies are sent with their length, or in chunks when it is not known", async () => {
  const rows = [
    { body: utf8.encode("hello"), heard: "content-length: 5\r\n\r\nhello" },
    { body: new Uint8Array(0), heard: "content-length: 0\r\n\r\n" },
    {
      body: countedBody(2, { size: 6, piece: utf8.encode("abc") }).body,
      heard: "content-length: 6\r\n\r\nabcabc",
    },
    {
      body: countedBody(2, { size: undefined, piece: utf8.encode("0123456789") }).body,
      heard: "transfer-encoding: chunked\r\n\r\na\r\n0123456789\r\na\r\n0123456789\r\n0\r\n\r\n",
    },
  ];
  for (const { body, heard } of rows) {
    await withServer(async ({ until, say, rest }) => {
      await until(heard);
      await say("HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n");
      await rest();
    }, async (connection) => {
      const answer = await connection.request({ method: "PUT", path: "/", body });
      strictEqual(answer.status, 201);
      strictEqual(await answer.sent, true);
      ok(connection.reusable);
    });
  }
});

Deno.test("A body of another size than said ends the connection", async () => {
  for (const size of [5, 7]) {
    await withServer(async ({ rest }) => void await rest(), async (connection) => {
      const { body } = countedBody(2, { size, piece: utf8.encode("abc") });
      await rejects(connection.request({ method: "PUT", path: "/", body }), RangeError);
      strictEqual(connection.reusable, false);
    });
  }
});

Deno.test("What a body throws is thrown by the request", async () => {
  await withServer(async ({ rest }) => void await rest(), async (connection) => {
    async function* pieces() {
      yield await Promise.resolve(utf8.encode("abc"));
      throw new ClientError("The file changed", { reason: "file-changed", exitCode: 2 });
    }
    const body = { size: 6, pieces: pieces() };
    strictEqual(
      await reasonOf(connection.request({ method: "PUT", path: "/", body })),
      "file-changed",
    );
  });
});

Deno.test("An early refusal is read while the body is sent, and ends the body", async () => {
  const { state, body } = countedBody(10_000, {
    size: 10_000 * 65_536,
    piece: new Uint8Array(65_536),
  });
  await withServer(async ({ until, say, conn }) => {
    await until("\r\n\r\n");
    await say("HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno");
    // Reads some more, as a server does that closes in order.
    for (let left = 3; left > 0; left--) await conn.read(new Uint8Array(65_536));
  }, async (connection) => {
    const answer = await connection.request({ method: "PUT", path: "/", body });
    strictEqual(answer.status, 413);
    strictEqual(await text(answer), "no");
    strictEqual(await answer.sent, false);
    strictEqual(connection.reusable, false);
    ok(state.asked < 10_000, `${state.asked} pieces`);
    ok(state.ended);
  });
});

Deno.test("An answer that was sent before the connection broke is read after EPIPE", async () => {
  const { state, body } = countedBody(4000, { size: 4000 * 65_536, piece: new Uint8Array(65_536) });
  await withServer(async ({ until, say }) => {
    await until("\r\n\r\n");
    await say("HTTP/1.1 409 Conflict\r\nContent-Length: 6\r\n\r\noffset");
    // The script ends: the connection is closed with bytes unread.
  }, async (connection) => {
    const got = await connection.request({ method: "PATCH", path: "/", body }).then(
      async (answer) => `${answer.status} ${await text(answer)}`,
      (error: unknown) => error instanceof ClientError ? error.reason : String(error),
    );
    // A reset may throw away what was not read yet: then the connection was lost, and nothing else.
    ok(got === "409 offset" || got === "connection-lost", got);
    ok(state.ended);
  });
});

Deno.test("After a write that failed, an answer that is on its way is waited for", async () => {
  const { promise: failed, resolve: fail } = Promise.withResolvers<void>();
  const answer = utf8.encode("HTTP/1.1 409 Conflict\r\nContent-Length: 6\r\n\r\noffset");
  let left = 1;
  let closed = false;
  // No real socket can be made to fail a write before it gives what it has received.
  const socket = {
    write() {
      fail();
      return Promise.reject(new Deno.errors.BrokenPipe("Broken pipe (os error 32)"));
    },
    async read(target: Uint8Array) {
      if (left-- <= 0) return null;
      await failed;
      await Deno.stat(".");
      if (closed) throw new Deno.errors.BadResource("Bad resource ID");
      target.set(answer);
      return answer.byteLength;
    },
    close: () => void (closed = true),
  };
  const connection = new HttpConnection(socket, {
    ...{ server: { host: "127.0.0.1", port: 1 }, timeout: TIMEOUT, clock: SYSTEM_CLOCK },
  });
  const got = await connection.request({ method: "PUT", path: "/", body: utf8.encode("x") });
  strictEqual(got.status, 409);
  strictEqual(await text(got), "offset");
  strictEqual(await got.sent, false);
  strictEqual(connection.reusable, false);
});

Deno.test("A server that takes nothing of a body is given up by the clock", async () => {
  const clock = new TestClock();
  const { state, body } = countedBody(4000, { size: 4000 * 65_536, piece: new Uint8Array(65_536) });
  const { promise: over, resolve: end } = Promise.withResolvers<void>();
  await withServer(async ({ until }) => {
    await until("\r\n\r\n");
    await over;
  }, async (connection) => {
    const ended = reasonOf(connection.request({ method: "PUT", path: "/", body }));
    // It stands still when no other piece is asked for.
    let before = -1;
    while (before !== state.asked || state.asked < 2) {
      before = state.asked;
      await Promise.race([
        ended,
        new Promise((resolve) => SYSTEM_CLOCK.after(60, () => resolve(0))),
      ]);
    }
    ok(state.asked < 1000, `${state.asked} pieces were taken`);
    clock.advance(TIMEOUT);
    strictEqual(await ended, "no-answer");
    ok(state.ended);
    end();
  }, clock);
});

Deno.test("Answers are read bit by bit while the request is still being sent", async () => {
  const { promise: second, resolve: sendSecond } = Promise.withResolvers<void>();
  async function* pieces() {
    yield utf8.encode("first");
    await second;
    yield utf8.encode("second");
  }
  await withServer(async ({ until, say, rest }) => {
    await until("first");
    await say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n");
    await until("second");
    await say("3\r\ntwo\r\n0\r\n\r\n");
    await until("0\r\n\r\n");
    await rest();
  }, async (connection) => {
    const body = { size: undefined, pieces: pieces() };
    const answer = await connection.request({ method: "POST", path: "/", body });
    const buffer = new Uint8Array(100);
    strictEqual(await answer.body.read(buffer), 3);
    strictEqual(connection.reusable, false);
    sendSecond();
    strictEqual(await text(answer), "two");
    strictEqual(await answer.sent, true);
    ok(connection.reusable);
  });
});
