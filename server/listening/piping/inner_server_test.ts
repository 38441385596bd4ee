import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { answerOf, exchange, readAll, writeAll } from "../../../tests/web/http_exchange.ts";
import { Front } from "../../../tests/web/front.ts";
import { TestClock } from "../../../tests/peers/test_clock.ts";

/** More than the buffers between a server and a client that does not read. */
const BIG = 16 * 1024 * 1024;

/** More than is passed on at once. */
const SOME = 2 * 1024 * 1024;

const GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const LAST_GET = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

/** An answer with a body of so many bytes, made piece by piece. */
function bytes(size: number, { onCancel }: { readonly onCancel?: () => void } = {}): Response {
  let left = size;
  const body = new ReadableStream({
    pull(controller) {
      if (left === 0) return controller.close();
      const piece = new Uint8Array(Math.min(left, 65_536));
      left -= piece.byteLength;
      controller.enqueue(piece);
    },
    ...(onCancel !== undefined && { cancel: onCancel }),
  }, { highWaterMark: 0 });
  return new Response(body, { headers: { "content-length": String(size) } });
}

/** The number of bytes of a request's body. */
async function sizeOf(request: Request): Promise<number> {
  let size = 0;
  for await (const piece of request.body ?? []) size += piece.byteLength;
  return size;
}

Deno.test("InnerServer passes requests on, with the address of who sent them", async () => {
  await using front = await Front.open((_, { address }) => new Response(address));
  const { status, text } = await exchange(front.address, LAST_GET);
  deepStrictEqual([status, text], [200, "127.0.0.1"]);
});

Deno.test("InnerServer passes large bodies and large answers on, unchanged", async () => {
  await using front = await Front.open(async (request) => {
    return request.method === "PUT" ? new Response(String(await sizeOf(request))) : bytes(SOME);
  });
  for (const round of [1, 2]) {
    using conn = await front.connect();
    const head =
      `PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: ${SOME}\r\nConnection: close\r\n\r\n`;
    await writeAll(conn, head + "x".repeat(SOME));
    strictEqual(answerOf(await readAll(conn)).text, String(SOME), `round ${round}`);
    const { body } = await exchange(front.address, LAST_GET);
    strictEqual(body.byteLength, SOME);
  }
});

Deno.test("InnerServer answers 421 to who connects to its port by itself", async () => {
  await using front = await Front.open(() => new Response("secret"));
  const { status, text } = await exchange(`127.0.0.1:${front.inner.port}`, GET);
  strictEqual(status, 421);
  ok(!text.includes("secret"));
  strictEqual(front.counters.value("refused.not-through-the-front"), 1);
  strictEqual(front.counters.value("refused.internal-error"), 0);
});

Deno.test("InnerServer goes on when it refuses a request over HTTP/2", async () => {
  await using front = await Front.open(() => new Response("served"));
  using conn = await Deno.connect({ hostname: "127.0.0.1", port: front.inner.port });
  // SETTINGS, and HEADERS of a GET of "/" from "a", with which the stream ends.
  const settings = "\x00\x00\x00\x04\x00\x00\x00\x00\x00";
  const request = "\x00\x00\x06\x01\x05\x00\x00\x00\x01" + "\x82\x84\x86\x41\x01a";
  const bytes = `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${settings}${request}`;
  await conn.write(Uint8Array.from(bytes, (character) => character.charCodeAt(0)));
  const refused = () => front.counters.value("refused.not-through-the-front") === 1;
  const buffer = new Uint8Array(1024);
  // The answer's stream is reset at its end: of the frames only its HEADERS matter here.
  while (await conn.read(buffer) !== null && !refused());
  strictEqual((await exchange(front.address, LAST_GET)).text, "served");
});

Deno.test("InnerServer answers who has said that it sends no more", async () => {
  const asked = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<Response>();
  await using front = await Front.open(() => {
    asked.resolve();
    return answer.promise;
  });
  using conn = await front.connect();
  await writeAll(conn, GET);
  await conn.closeWrite();
  await asked.promise;
  answer.resolve(new Response("late"));
  strictEqual(answerOf(await readAll(conn)).text, "late");
});

Deno.test("InnerServer tells its handler of a body that was cut", async () => {
  const failed = Promise.withResolvers<void>();
  await using front = await Front.open((request) =>
    sizeOf(request).then(() => new Response("whole"), () => {
      failed.resolve();
      return new Response("cut");
    })
  );
  for (const how of ["closeWrite", "close"] as const) {
    const conn = await front.connect();
    await writeAll(conn, "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhalf");
    await conn[how]();
    await failed.promise;
    if (how === "closeWrite") conn.close();
  }
});

Deno.test("InnerServer ends the answer to a client that is gone", async () => {
  const cancelled = Promise.withResolvers<void>();
  await using front = await Front.open(() => bytes(BIG, { onCancel: () => cancelled.resolve() }));
  const conn = await front.connect();
  await writeAll(conn, GET);
  await conn.read(new Uint8Array(10));
  conn.close();
  await cancelled.promise;
});

Deno.test("InnerServer reads no more from who does not read its answers", async () => {
  let answers = 0;
  const large = new Uint8Array(1 << 20);
  await using front = await Front.open(() => {
    answers++;
    return new Response(large);
  });
  using conn = await front.connect();
  // As many requests as there is room for: the write waits when they are not read.
  let sent = 0;
  const write = async () => {
    while (sent < 2_000) {
      await writeAll(conn, GET.repeat(100));
      sent += 100;
    }
  };
  const writing = write().catch(() => {});
  const seen = new Set<number>();
  // Once no answer has begun while another connection was served ten times, it waits.
  while (seen.size === 0 || !seen.has(answers)) {
    seen.clear();
    seen.add(answers);
    for (let time = 0; time < 10; time++) {
      await exchange(front.address, LAST_GET);
      answers--;
    }
  }
  ok(answers < 100, `${answers} answers of 1 MiB`);
  conn.close();
  await writing;
});

Deno.test("InnerServer cuts a client that takes an answer too slowly", async () => {
  const clock = new TestClock();
  await using front = await Front.open(() => bytes(BIG), { clock });
  using conn = await front.connect();
  await writeAll(conn, GET);
  // A minute in which nothing of it is taken.
  await clock.waitedFor(60_000);
  clock.advance(60_000);
  await rejects(async () => {
    if ((await readAll(conn)).byteLength < BIG) throw new Error("cut");
  }, /cut/);
  await front.stop();
  strictEqual(front.counters.value("refused.reads-too-slowly"), 1);
  const told = front.lines.filter(({ reason }) => reason === "reads-too-slowly");
  deepStrictEqual(told.map(({ level }) => level), ["WARN"]);
});

Deno.test("InnerServer cuts a client that sends a body too slowly", async () => {
  const clock = new TestClock();
  const read = Promise.withResolvers<void>();
  await using front = await Front.open(async (request) => {
    for await (const _ of request.body ?? []) read.resolve();
    return new Response("whole");
  }, { clock });
  using conn = await front.connect();
  await writeAll(conn, "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\nx");
  await read.promise;
  for (let second = 0; second < 15; second++) {
    clock.advance(1_000);
    await conn.write(new Uint8Array(500)).catch(() => 0);
    // The server has read it when it has answered another.
    await exchange(front.address, LAST_GET);
  }
  strictEqual((await readAll(conn)).byteLength, 0);
  strictEqual(front.counters.value("refused.too-slow"), 1);
});

Deno.test("InnerServer ends what is both read and answered when its client leaves", async () => {
  const clock = new TestClock();
  const ended = Promise.withResolvers<void>();
  await using front = await Front.open((request, { left }) => {
    const answer = new TransformStream<Uint8Array, Uint8Array>();
    const writer = answer.writable.getWriter();
    const reader = request.body?.getReader();
    void (async () => {
      for (let read; (read = await reader?.read()) && !read.done;) await writer.write(read.value);
    })().catch(() => {});
    left.addEventListener("abort", () => {
      ended.resolve();
      reader?.cancel().catch(() => {});
      void writer.close();
    });
    return new Response(answer.readable);
  }, { clock });
  using conn = await front.connect();
  await writeAll(conn, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\nhello");
  const answer = new Uint8Array(1_000);
  for (let text = ""; !text.includes("hello");) {
    text += new TextDecoder().decode(answer.subarray(0, await conn.read(answer) ?? 0));
  }
  await conn.closeWrite();
  await clock.waitedFor(1_000);
  clock.advance(1_000);
  await ended.promise;
  await clock.waitedFor(1_000);
  clock.advance(1_000);
  await readAll(conn);
});

Deno.test("InnerServer waits for its handler, however long that takes", async () => {
  const clock = new TestClock();
  const asked = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<Response>();
  await using front = await Front.open(() => {
    asked.resolve();
    return answer.promise;
  }, { clock });
  using conn = await front.connect();
  await writeAll(conn, LAST_GET);
  await asked.promise;
  clock.advance(1_000_000);
  answer.resolve(new Response("at last"));
  strictEqual(answerOf(await readAll(conn)).text, "at last");
});

Deno.test("InnerServer does not pass on what is no request, and counts it", async () => {
  await using front = await Front.open(() => new Response("ok"));
  const { status } = await exchange(front.address, "Hello, world!\r\n\r\n");
  strictEqual(status, 400);
  strictEqual(front.counters.value("refused.no-request"), 1);
});

Deno.test("InnerServer answers 500 when its handler fails, and serves on", async () => {
  let fails = true;
  await using front = await Front.open(() => {
    if (fails) throw new Error("No luck");
    return new Response("luck");
  });
  strictEqual((await exchange(front.address, LAST_GET)).status, 500);
  fails = false;
  strictEqual((await exchange(front.address, LAST_GET)).status, 200);
  ok(front.lines.some(({ detail }) => detail === "No luck"));
});

Deno.test("InnerServer lets running answers finish at a stop, and no others begin", async () => {
  const begun = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<Response>();
  let count = 0;
  await using front = await Front.open(() => {
    count++;
    begun.resolve();
    return answer.promise;
  });
  using silent = await front.connect();
  using half = await front.connect();
  await writeAll(half, "GET / HT");
  const conn = await front.connect();
  await writeAll(conn, GET);
  await begun.promise;
  const stopped = front.stop();
  for (const other of [silent, half]) strictEqual((await readAll(other)).byteLength, 0);
  await writeAll(conn, GET);
  answer.resolve(bytes(BIG));
  const { body } = answerOf(await readAll(conn));
  ok(new TextDecoder("latin1").decode(body.subarray(BIG)).startsWith("HTTP/1.1 503 "));
  conn.close();
  await stopped;
  strictEqual(count, 1);
});

Deno.test("InnerServer closes connections at rest when the server stops", async () => {
  await using front = await Front.open(() => new Response("ok"));
  const conn = await front.connect();
  await writeAll(conn, GET);
  ok(await conn.read(new Uint8Array(1_000)));
  const stopped = front.stop();
  strictEqual((await readAll(conn)).byteLength, 0);
  conn.close();
  await stopped;
});
