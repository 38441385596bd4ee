import { deepStrictEqual, match, ok, rejects, strictEqual } from "node:assert/strict";
import type { Clock } from "../../../shared/clock.ts";
import { TestClock } from "../../../tests/peers/test_clock.ts";
import { type PeerConn, peerKey, TlsPeer } from "../../../tests/peers/tls_peer.ts";
import { ClientError } from "../../client_error.ts";
import { SYSTEM_CLOCK } from "../../system_clock.ts";
import { type Answer, HttpConnection } from "./http_connection.ts";
import type { HttpRequest } from "./request.ts";

const key = await peerKey();
const TIMEOUT = 20_000;
const GET = { method: "GET", path: "/v4" };
const utf8 = new TextEncoder();

type Script = (peer: PeerConn) => Promise<void>;

/** Has one connection play a script, and the client do something with it. */
async function withServer(
  script: Script,
  act: (connection: HttpConnection, peer: TlsPeer) => Promise<void>,
  clock: Clock = SYSTEM_CLOCK,
): Promise<void> {
  await using peer = await TlsPeer.start(key, script);
  const server = { ...peer.address, spki: key.spki };
  const connection = await HttpConnection.open(server, { timeout: TIMEOUT, clock });
  try {
    await act(connection, peer);
  } finally {
    connection.close();
  }
}

/** Answers each request with the next of some answers. */
function answering(...answers: readonly string[]): Script {
  return async ({ until, say, rest }) => {
    for (const answer of answers) {
      await until("\r\n\r\n");
      await say(answer);
    }
    await rest();
  };
}

async function text({ body }: Answer): Promise<string> {
  return new TextDecoder().decode(await body.bytes());
}

async function reasonOf(acting: Promise<unknown>): Promise<string> {
  const error = await acting.then(() => undefined, (error: unknown) => error);
  ok(error instanceof ClientError, String(error));
  return error.reason;
}

/** Why the client refuses an answer, its body included. */
async function refusal(answer: string, request: HttpRequest = GET): Promise<string> {
  let reason = "";
  await withServer(async ({ until, say }) => {
    await until("\r\n\r\n");
    await say(answer);
  }, async (connection) => {
    reason = await reasonOf((async () => await text(await connection.request(request)))());
    strictEqual(connection.reusable, false);
  });
  return reason;
}

Deno.test("A request is one of HTTP/1.1, and its answer has status, headers and body", async () => {
  let heard = "";
  await withServer(async ({ until, say, rest }) => {
    heard = await until("\r\n\r\n");
    await say("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-A: b \r\nx-a:c\r\n\r\nhello");
    await rest();
  }, async (connection, { address }) => {
    const answer = await connection.request({ ...GET, headers: { "x-b": "c" } });
    strictEqual(answer.status, 200);
    deepStrictEqual([...answer.headers], [["content-length", "5"], ["x-a", "b, c"]]);
    strictEqual(await text(answer), "hello");
    strictEqual(
      heard,
      `GET /v4 HTTP/1.1\r\nhost: 127.0.0.1:${address.port}\r\nx-b: c\r\n\r\n`,
    );
    ok(connection.reusable);
  });
});

Deno.test("Answers in chunks, without a body and in pieces follow on one connection", async () => {
  const answers = [
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n0A\r\n0123456789\r\n" +
    "0\r\nTrailer: x\r\n\r\n",
    "HTTP/1.1 204 No Content\r\n\r\n",
    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno",
    "HTTP/1.1 200\r\nContent-Length: 99\r\n\r\n",
  ];
  await withServer(async ({ until, say, rest }) => {
    for (const answer of answers) {
      await until("\r\n\r\n");
      for (const character of answer) await say(character);
    }
    await rest();
  }, async (connection) => {
    for (const expected of ["abc0123456789", "", "", "no"]) {
      strictEqual(await text(await connection.request(GET)), expected);
      ok(connection.reusable);
    }
    const { body, headers } = await connection.request({ method: "HEAD", path: "/" });
    strictEqual(headers.get("content-length"), "99");
    ok(body.ended);
    ok(connection.reusable);
  });
});

Deno.test("After an answer that closes, or that was not read, no other request is sent", async () => {
  const closing = "HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 1\r\n\r\nx";
  await withServer(answering(closing), async (connection) => {
    await text(await connection.request(GET));
    strictEqual(connection.reusable, false);
    await rejects(connection.request(GET), /cannot take another/);
  });
  await withServer(answering(closing.replace("Close", "x")), async (connection) => {
    const { body } = await connection.request(GET);
    await rejects(connection.request(GET), /cannot take another/);
    body.cancel();
    strictEqual(connection.reusable, false);
  });
});

Deno.test("Bytes that nothing asked for are not taken for an answer", async () => {
  const surplus = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nxHTTP/1.1 200 OK\r\n";
  await withServer(answering(surplus), async (connection) => {
    await text(await connection.request(GET));
    strictEqual(connection.reusable, false);
  });
});

Deno.test("Answers that are none are refused by name", async () => {
  const head = "HTTP/1.1 200 OK\r\n";
  const bad = [
    "SSH-2.0-x\r\n\r\n",
    "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n",
    "HTTP/1.1 600 OK\r\nContent-Length: 0\r\n\r\n",
    "HTTP/1.1 20 OK\r\nContent-Length: 0\r\n\r\n",
    `${head}\r\nhello`,
    `${head}Content-Length: -1\r\n\r\n`,
    `${head}Content-Length: 1, 1\r\n\r\nx`,
    `${head}Content-Length: 0x10\r\n\r\n`,
    `${head}Content-Length: 9999999999999999\r\n\r\n`,
    `${head}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n`,
    `${head}Transfer-Encoding: gzip, chunked\r\n\r\n`,
    `${head}Content Length: 0\r\n\r\n`,
    `${head}Content-Length : 0\r\n\r\n`,
    `${head}X: a\r\n b\r\nContent-Length: 0\r\n\r\n`,
    `${head}X: a\0\r\nContent-Length: 0\r\n\r\n`,
    `${head}X: a\nY: b\r\nContent-Length: 0\r\n\r\n`,
    `${head}Transfer-Encoding: chunked\r\n\r\nxyz\r\n`,
    `${head}Transfer-Encoding: chunked\r\n\r\n-1\r\n`,
    `${head}Transfer-Encoding: chunked\r\n\r\n1\r\nxy\r\n`,
    `${head}Transfer-Encoding: chunked\r\n\r\n1\nx\n0\n\n`,
    `${head}Transfer-Encoding: chunked\r\n\r\n1;${"x".repeat(2000)}\r\nx`,
    `${head}Transfer-Encoding: chunked\r\n\r\n0\r\n${"x: y\r\n".repeat(400)}\r\n`,
    `${head}Transfer-Encoding: chunked\r\n\r\nfffffffffffff\r\n`,
    "HTTP/1.1 101 Switching Protocols\r\n\r\n",
    "HTTP/1.1 100 Continue\r\n\r\n".repeat(20),
  ];
  for (const answer of bad) {
    strictEqual(await refusal(answer), "bad-answer", JSON.stringify(answer));
  }
});

Deno.test("Floods of headers are refused before they are kept", async () => {
  const head = "HTTP/1.1 200 OK\r\n";
  const floods = [
    `${head}${"X: y\r\n".repeat(101)}Content-Length: 0\r\n\r\n`,
    `${head}X: ${"y".repeat(17_000)}\r\nContent-Length: 0\r\n\r\n`,
    `${head}${"y".repeat(300_000)}`,
  ];
  for (const flood of floods) strictEqual(await refusal(flood), "bad-answer");
  await withServer(
    answering(`${head}${"X: y\r\n".repeat(99)}Content-Length: 1\r\n\r\nz`),
    async (connection) => strictEqual(await text(await connection.request(GET)), "z"),
  );
});

Deno.test("An answer that is cut is a lost connection, wherever it is cut", async () => {
  const answers = [
    "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
  ];
  for (const answer of answers) {
    for (let size = 0; size < answer.length; size += 3) {
      strictEqual(await refusal(answer.slice(0, size)), "connection-lost", answer.slice(0, size));
    }
  }
});

Deno.test("A body that is larger than allowed is refused when it is known to be", async () => {
  const whole = (answer: string) => {
    return withServer(answering(answer), async (connection) => {
      const { body } = await connection.request(GET);
      strictEqual(await reasonOf(body.bytes(10)), "bad-answer");
      strictEqual(connection.reusable, false);
    });
  };
  await whole(`HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n${"x".repeat(11)}`);
  await whole("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nb\r\nxxxxxxxxxxx\r\n");
});

Deno.test("JSON is read, and what is none is refused", async () => {
  await withServer(
    answering('HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n{"a":1}'),
    async (connection) =>
      deepStrictEqual(await (await connection.request(GET)).body.json(), { a: 1 }),
  );
  await withServer(
    answering("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n{"),
    async (connection) => {
      strictEqual(await reasonOf((await connection.request(GET)).body.json()), "bad-answer");
    },
  );
});

Deno.test("No answer, a slow head and a slow body end with the timeout, by the clock", async () => {
  const beginnings = [
    "",
    "HTTP/1.1 200 OK\r\nX: y",
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc",
  ];
  for (const beginning of beginnings) {
    const clock = new TestClock();
    await withServer(answering(beginning), async (connection) => {
      const acting = (async () => await text(await connection.request(GET)))();
      const ended = reasonOf(acting);
      // The limits of connecting, the handshake, writing, and then the one that ends it.
      for (let left = beginning.endsWith("abc") ? 5 : 4; left > 0; left--) {
        await clock.waitedFor(TIMEOUT);
      }
      clock.advance(TIMEOUT);
      strictEqual(await ended, "no-answer", JSON.stringify(beginning));
    }, clock);
  }
});

/** A body that says how many of its pieces were asked for, and whether it was ended. */
function countedBody(count: number, { size, piece }: {
  readonly size: number | undefined;
  readonly piece: Uint8Array;
}) {
  const state = { asked: 0, ended: false };
  async function* pieces() {
    try {
      for (; state.asked < count; state.asked++) yield await Promise.resolve(piece);
    } finally {
      state.ended = true;
    }
  }
  return { state, body: { size, pieces: pieces() } };
}

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

Deno.test("A body of another size than said ends the connection, and is this side's fault", async () => {
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
    // Takes some more, as a server does that closes in order.
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

Deno.test("A server that takes nothing holds the body back, and is given up by the clock", async () => {
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

Deno.test("A request that would be two is not sent", async () => {
  const requests: readonly HttpRequest[] = [
    { method: "GET /x HTTP/1.1\r\n\r\nGET", path: "/" },
    { method: "GET", path: "/ HTTP/1.1\r\nx: y\r\n\r\n" },
    { method: "GET", path: "v4" },
    { method: "GET", path: "/", headers: { "x\r\ny": "z" } },
    { method: "GET", path: "/", headers: { "x y": "z" } },
    { method: "GET", path: "/", headers: { x: "y\r\nz: a" } },
  ];
  for (const request of requests) {
    await withServer(async ({ rest }) => void await rest(), async (connection, peer) => {
      await rejects(connection.request(request), TypeError);
      strictEqual(peer.received, 0);
    });
  }
});

Deno.test("Errors say what happened and what to do, and have no contents", async () => {
  await withServer(answering("HTTP/1.1 200 OK\r\nSecret"), async (connection) => {
    const asking = connection.request(GET);
    connection.close();
    await rejects(asking, (error: unknown) => {
      ok(error instanceof ClientError);
      match(error.message, /The connection was closed; try again/);
      return true;
    });
  });
});
