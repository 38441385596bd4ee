import { deepEqual, equal, ok } from "node:assert/strict";
import { setImmediate } from "node:timers";
import { problemAnswer } from "./answers.ts";
import { BodyReader, isChunked } from "./body_reader.ts";
import { Crumbs, CrumbsError } from "./crumbs.ts";
import { drainBody } from "./drain_body.ts";
import { ReadMemory } from "./read_memory.ts";

/** A body of pieces of one byte that are all there; counts those that were read. */
function ofCrumbs(count: number) {
  const seen = { read: 0, cancelled: false };
  const cancelled = Promise.withResolvers<void>();
  const body = new ReadableStream({
    type: "bytes",
    pull(controller) {
      seen.read += 1;
      controller.enqueue(Uint8Array.of(1));
      if (seen.read === count) controller.close();
    },
    cancel() {
      seen.cancelled = true;
      cancelled.resolve();
    },
  });
  return { body, seen, cancelled: cancelled.promise };
}

Deno.test("a body of single bytes is refused, and given up after that", async () => {
  for (const least of [undefined, 1]) {
    const { body, seen, cancelled } = ofCrumbs(100_000);
    let error: unknown;
    {
      await using reader = new BodyReader(body, { memory: new ReadMemory(), chunked: true });
      const readAll = async () => {
        while (await reader.read(undefined, least === undefined ? {} : { least }) !== undefined);
      };
      for (let time = 0; time < 2; time++) await readAll().catch((thrown) => error = thrown);
      ok(seen.read < 300 && !seen.cancelled, `${seen.read} read`);
    }
    ok(error instanceof CrumbsError, String(error));
    equal(problemAnswer(error, { method: "PUT" }).headers.get("connection"), "close");
    // The runtime keeps the connection of a body that is neither read nor cancelled.
    await cancelled;
    ok(seen.read < 600, `${seen.read} read`);
  }
});

Deno.test("other work is done while a body of single bytes is read", async () => {
  const { body, seen } = ofCrumbs(200);
  await using reader = new BodyReader(body, { memory: new ReadMemory(), chunked: true });
  let atTurn = 0;
  setImmediate(() => atTurn = seen.read);
  equal((await reader.read())?.byteLength, 200);
  ok(atTurn > 0 && atTurn < 150, `${atTurn} were read before another's turn`);
});

Deno.test("what is dropped of a body of single bytes is given up early", async () => {
  const { body, seen } = ofCrumbs(100_000);
  const reader = body.getReader();
  let atTurn = 0;
  setImmediate(() => atTurn = seen.read);
  await drainBody({ read: () => reader.read(), cancel: () => reader.cancel() });
  ok(seen.read < 300 && seen.cancelled, `${seen.read} read`);
  ok(atTurn > 0 && atTurn < 150, `${atTurn} were read before another's turn`);
});

Deno.test("pieces of usual sizes are neither refused nor waited for", async () => {
  const large = new Crumbs();
  for (let count = 0; count < 10_000; count++) equal(large.count(1024), undefined);
  const frames = new Crumbs();
  for (let count = 0; count < 2_000; count++) await frames.count(32);
});

Deno.test("a slow body of single bytes is read to its end", async () => {
  let left = 2_000;
  const body = new ReadableStream({
    type: "bytes",
    async pull(controller) {
      // As bytes do that come one after the other.
      await new Promise<void>((resolve) => void setImmediate(resolve));
      controller.enqueue(Uint8Array.of(1));
      if (--left === 0) controller.close();
    },
  });
  await using reader = new BodyReader(body, { memory: new ReadMemory(), chunked: true });
  equal((await reader.read())?.byteLength, 2_000);
});

Deno.test("headers tell whether a body comes in chunks", async () => {
  const seen: boolean[] = [];
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    (request) => {
      seen.push(isChunked(request));
      return new Response(null, { status: 204, headers: { connection: "close" } });
    },
  );
  const { addr } = server;
  for (
    const header of ["Content-Length: 0\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"]
  ) {
    using conn = await Deno.connect({ hostname: addr.hostname, port: addr.port });
    await conn.write(new TextEncoder().encode(`PUT / HTTP/1.1\r\nHost: a\r\n${header}`));
    equal(typeof await conn.read(new Uint8Array(100)), "number");
  }
  deepEqual(seen, [false, true]);
});
