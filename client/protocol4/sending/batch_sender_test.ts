import { deepStrictEqual, ok } from "node:assert/strict";
import { encodeAnswer } from "../../../shared/protocol4/batch/frame.ts";
import { TestClock } from "../../../tests/peers/test_clock.ts";
import type { Answer } from "../connection/http_connection.ts";
import type { RepeatableRequest } from "../connection/server_link.ts";
import { BatchSender } from "./batch_sender.ts";

/** Milliseconds without a piece after which a request is ended. */
const REST = 2_000;

/** A server to which one request is made. Its answer comes when the body has been taken. */
function serverOfOne() {
  const begun = Promise.withResolvers<AsyncIterator<Uint8Array>>();
  const taken = Promise.withResolvers<void>();
  let isTold = false;
  const body = {
    async readSteadily(buffer: Uint8Array) {
      await taken.promise;
      if (isTold) return undefined;
      isTold = true;
      const bytes = encodeAnswer({ type: "done", ids: [0] });
      buffer.set(bytes);
      return bytes.byteLength;
    },
    progressed() {},
    cancel() {},
  };
  const session = {
    request({ body: made }: RepeatableRequest) {
      ok(typeof made === "function");
      begun.resolve(made().pieces[Symbol.asyncIterator]());
      const answer = { status: 200, headers: new Map(), body, sent: taken.promise };
      return Promise.resolve(answer as unknown as Answer);
    },
    busyRetry: () => ({ wait: () => Promise.resolve(false), ended() {}, gaveUp() {} }),
  };
  return { session, pieces: begun.promise, taken: () => taken.resolve() };
}

Deno.test("a small batch is sent when what follows does not come for a while", async () => {
  const { session, pieces, taken } = serverOfOne();
  const clock = new TestClock();
  const asked = Promise.withResolvers<void>();
  const stored = Promise.withResolvers<void>();
  async function* entries() {
    yield { entry: { kind: "folder", path: "a", to: ["a"], modified: 0, mode: 0o755 } as const };
    asked.resolve();
    await stored.promise;
  }
  const sent: string[] = [];
  const events = {
    onProgress() {},
    onFailed() {},
    onSent(entry: { readonly to: readonly string[] }) {
      sent.push(entry.to.join("/"));
      stored.resolve();
    },
  };
  const options = { session, events, retries: 0, timeout: 60_000, clock };
  const running = new BatchSender(entries(), options).run();
  const body = await pieces;
  const piece = body.next();
  await asked.promise;
  await clock.waitedFor(REST);
  clock.advance(REST);
  ok(!(await piece).done);
  ok((await body.next()).done);
  taken();
  await running;
  deepStrictEqual(sent, ["a"]);
});
