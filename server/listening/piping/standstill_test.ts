/** For whom the pipe waits amid a request: a client that stands still is cut, and no other. */

import { strictEqual } from "node:assert/strict";
import { answerOf, readAll, writeAll } from "../../../tests/web/http_exchange.ts";
import { Front } from "../../../tests/web/front.ts";
import { TestClock } from "../../../tests/peers/test_clock.ts";
import type { Handler } from "./handler.ts";

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
  }, { clock, limits: LIMITS });
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
