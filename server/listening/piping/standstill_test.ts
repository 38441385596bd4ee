/** The pipe's limits within a request: a client that sends nothing is cut, and no other. */

import { strictEqual } from "node:assert/strict";
import { answerOf, readAll, writeAll } from "../../../tests/web/http_exchange.ts";
import { Front } from "../../../tests/web/front.ts";
import { TestClock } from "../../../tests/peers/test_clock.ts";
import { WindowlessClient } from "../../../tests/protocol4/fixtures/windowless_client.ts";
import { certificateForTests } from "../../../tests/web/certificate_for_tests.ts";
import type { Handler } from "./handler.ts";
import { LAST_REQUEST, STANDSTILL as TO_TAKE } from "./piped_requests.ts";

const STANDSTILL = 7_000;
const LIMITS = { standstillTime: STANDSTILL, idleTime: 50_000, leastRate: 1 };

/** Answers what it reads on, as a batch does. */
const echo: Handler = (request, { left }) => {
  const answer = new TransformStream<Uint8Array, Uint8Array>();
  const reader = request.body?.getReader();
  const writer = answer.writable.getWriter();
  left.addEventListener("abort", () => void reader?.cancel().catch(() => {}));
  void (async () => {
    for (let read; (read = await reader?.read()) && !read.done;) await writer.write(read.value);
    await writer.close();
  })().catch(() => {});
  return new Response(answer.readable);
};

Deno.test("a client that stands still amid a body is cut, also when it has an answer", async () => {
  const clock = new TestClock();
  await using front = await Front.open(echo, { clock, limits: LIMITS });
  using conn = await front.connect();
  await writeAll(conn, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\nhello");
  const answer = new Uint8Array(1_000);
  for (let text = ""; !text.includes("hello");) {
    text += new TextDecoder().decode(answer.subarray(0, await conn.read(answer) ?? 0));
  }
  await clock.waitedFor(STANDSTILL);
  clock.advance(STANDSTILL);
  await readAll(conn);
  await front.stop();
  strictEqual(front.counters.value("refused.timeout"), 1);
});

Deno.test("a client that waits for what the server does with its body is not cut", async () => {
  const clock = new TestClock();
  const begun = Promise.withResolvers<void>();
  const done = Promise.withResolvers<void>();
  await using front = await Front.open(async (request, { pin }) => {
    await request.text();
    using _pinned = pin();
    begun.resolve();
    await done.promise;
    return new Response("kept");
  }, { clock, limits: LIMITS });
  using conn = await front.connect();
  await writeAll(
    conn,
    "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello",
  );
  await begun.promise;
  clock.advance(1_000_000);
  done.resolve();
  strictEqual(answerOf(await readAll(conn)).text, "kept");
});

Deno.test("a client is not cut whose body comes slowly and has no answer meanwhile", async () => {
  const clock = new TestClock();
  const parts: PromiseWithResolvers<void>[] = [];
  const part = (at: number) => parts[at] ??= Promise.withResolvers<void>();
  const length = 4;
  await using front = await Front.open((request, { awaitTurn, left }) => {
    let size = 0;
    left.addEventListener("abort", () => {
      if (size < length) part(size + 1).reject(new Error("It was cut"));
    });
    const answer = new TransformStream<Uint8Array, Uint8Array>();
    const writer = answer.writable.getWriter();
    void (async () => {
      for await (const { byteLength } of request.body ?? []) {
        await awaitTurn();
        part(size += byteLength).resolve();
      }
      await writer.write(new TextEncoder().encode(`${size} bytes`));
      await writer.close();
    })().catch(() => {});
    return new Response(answer.readable);
  }, { clock, limits: { ...LIMITS, leastRate: 0.1 } });
  using conn = await front.connect();
  await writeAll(
    conn,
    `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${length}\r\nConnection: close\r\n\r\n`,
  );
  for (let sent = 1; sent <= length; sent++) {
    await writeAll(conn, "x");
    await part(sent).promise;
    if (sent < length) clock.advance(STANDSTILL - 1);
  }
  strictEqual(answerOf(await readAll(conn)).status, 200);
});

/** A client of `echo` that is slow by a clock of its own. */
async function echoed({ leastRate, handler }: {
  readonly leastRate: number;
  readonly handler: Handler;
}) {
  const clock = new TestClock();
  const limits = { ...LIMITS, standstillTime: 50_000, leastRate };
  const front = await Front.open(handler, { clock, limits });
  const conn = await front.connect();
  // The request has twelve parts.
  const head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 84\r\nConnection: close\r\n\r\n";
  await writeAll(conn, head);
  const answer = new Uint8Array(1_000);
  let answered = "";
  let sent = 0;
  /** Sends a part, and returns whether it is answered. */
  const send = async (): Promise<boolean> => {
    const text = `drop ${String(sent++).padStart(2, "0")}`;
    await writeAll(conn, text).catch(() => {});
    while (!answered.includes(text)) {
      const size = await conn.read(answer).catch(() => null);
      if (size === null) return false;
      answered += new TextDecoder().decode(answer.subarray(0, size));
    }
    return true;
  };
  return { clock, front, conn, send };
}

Deno.test("a client that drips what is answered while it comes is cut as too slow", async () => {
  const { clock, front, conn, send } = await echoed({ leastRate: 10, handler: echo });
  await using _front = front;
  using _conn = conn;
  // It is noticed over ten seconds.
  while (await send()) clock.advance(3_000);
  await front.stop();
  strictEqual(front.counters.value("refused.too-slow"), 1);
});

Deno.test("a client that waits for what is done with a part of its body is not slow", async () => {
  const begun = Promise.withResolvers<void>();
  const done = Promise.withResolvers<void>();
  const handler: Handler = (request, peer) => {
    const working = peer.pin();
    begun.resolve();
    done.promise.then(() => working[Symbol.dispose]());
    return echo(request, peer);
  };
  const { clock, front, conn, send } = await echoed({ leastRate: 10, handler });
  await using _front = front;
  using _conn = conn;
  await begun.promise;
  for (let part = 0; part < 10; part++) {
    strictEqual(await send(), true);
    clock.advance(30_000);
  }
  // What the server did counts for nothing afterwards.
  done.resolve();
  for (let part = 10; part < 12; part++) {
    clock.advance(100);
    strictEqual(await send(), true);
  }
  await readAll(conn);
});

Deno.test("a stop waits a second for a client of HTTP/2 that has gone without a word", async () => {
  const clock = new TestClock();
  const handler = () =>
    new Response(
      new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(1_000)) }),
    );
  const tls = await certificateForTests();
  await using front = await Front.open(handler, { clock, limits: LIMITS, tls });
  {
    using client = await WindowlessClient.connect(front.address);
    strictEqual(await client.get(["/"], ""), 1);
  }
  await clock.waitedFor(TO_TAKE);
  const stopped = front.stop();
  await clock.waitedFor(LAST_REQUEST);
  clock.advance(LAST_REQUEST);
  await stopped;
});
