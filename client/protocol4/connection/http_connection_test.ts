import { deepStrictEqual, match, ok, rejects, strictEqual } from "node:assert/strict";
import { TestClock } from "../../../tests/peers/test_clock.ts";
import { ClientError } from "../../client_error.ts";
import {
  answering,
  GET,
  reasonOf,
  refusal,
  text,
  TIMEOUT,
  withServer,
} from "../../../tests/protocol4/fixtures/http_peer.ts";
import type { HttpRequest } from "./request.ts";

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

Deno.test("No request is sent after an answer that closes or was not read", async () => {
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

Deno.test("Contents come gathered, with all that came before the connection was lost", async () => {
  const head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  const ends: readonly (readonly [end: string, reason: string])[] = [
    ["0\r\n\r\n", ""],
    ["7\r\nde", "connection-lost"],
    ["none\r\n1\r\nx\r\n0\r\n\r\n", "bad-answer"],
  ];
  for (const [end, reason] of ends) {
    const clock = new TestClock();
    await withServer(async ({ until, say }) => {
      await until("\r\n\r\n");
      for (const part of [head, "2\r\nab\r\n", "1\r\nc\r\n", end]) await say(part);
    }, async (connection) => {
      const { body } = await connection.request(GET);
      const target = new Uint8Array(8);
      const size = await body.readContents(target);
      const came = new TextDecoder().decode(target.subarray(0, size));
      strictEqual(came, reason === "connection-lost" ? "abcde" : "abc");
      const next = () => body.readContents(target);
      if (reason === "") strictEqual(await next(), undefined);
      else for (const _ of [1, 2]) strictEqual(await reasonOf(next()), reason);
    }, clock);
  }
});
