import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { type BatchAnswer, encodeAnswer } from "../../../shared/protocol4/batch/frame.ts";
import { PROBLEMS } from "../../../shared/protocol4/problem.ts";
import { TestClock } from "../../../tests/peers/test_clock.ts";
import { refused, RefusedRequest } from "../connection/errors.ts";
import type { Answer } from "../connection/http_connection.ts";
import type { RepeatableRequest } from "../connection/server_link.ts";
import { BatchSender } from "./batch_sender.ts";

/** Milliseconds without a piece after which a request is ended. */
const REST = 2_000;

/** A server that gives each request an answer, once `onRequest` has taken its body. */
function serverWith(
  answers: readonly BatchAnswer[],
  onRequest: (pieces: AsyncIterable<Uint8Array>) => Promise<void>,
) {
  const left = answers.values();
  return {
    request({ body: made }: RepeatableRequest) {
      ok(typeof made === "function");
      const sent = onRequest(made().pieces);
      let isTold = false;
      const body = {
        async readSteadily(buffer: Uint8Array) {
          await sent;
          const answer = isTold ? undefined : left.next().value;
          isTold = true;
          if (answer === undefined) return undefined;
          const bytes = encodeAnswer(answer);
          buffer.set(bytes);
          return bytes.byteLength;
        },
        progressed() {},
        cancel() {},
      };
      return Promise.resolve({ status: 200, headers: new Map(), body, sent } as unknown as Answer);
    },
    busyRetry: () => ({ wait: () => Promise.resolve(false), ended() {}, gaveUp() {} }),
  };
}

/** Sends a folder, and nothing more until it is stored. Returns what was sent. */
async function sendFolder(
  session: ReturnType<typeof serverWith>,
  { clock, onAsked = () => {}, retries = 0 }: {
    readonly clock: TestClock;
    readonly onAsked?: () => void;
    readonly retries?: number;
  },
): Promise<readonly string[]> {
  const stored = Promise.withResolvers<void>();
  async function* entries() {
    yield { entry: { kind: "folder", path: "a", to: ["a"], modified: 0, mode: 0o755 } as const };
    onAsked();
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
  await new BatchSender(entries(), { session, events, retries, timeout: 60_000, clock }).run();
  return sent;
}

Deno.test("a small batch is sent when what follows does not come for a while", async () => {
  const clock = new TestClock();
  const asked = Promise.withResolvers<void>();
  const pieces: number[] = [];
  const session = serverWith([{ type: "done", ids: [0] }], async (body) => {
    for await (const piece of body) pieces.push(piece.byteLength);
  });
  const sending = sendFolder(session, { clock, onAsked: asked.resolve });
  await asked.promise;
  await clock.waitedFor(REST);
  clock.advance(REST);
  deepStrictEqual(await sending, ["a"]);
  deepStrictEqual(pieces.length, 1);
});

Deno.test("a batch that ends with its token is sent again, with another one", async () => {
  const ended = { type: "refused", id: 0xffff_ffff, reason: "token-revoked", message: "" } as const;
  const asked = Promise.withResolvers<void>();
  const session = serverWith([ended, { type: "done", ids: [0] }], async (body) => {
    void body[Symbol.asyncIterator]().next();
    await asked.promise;
  });
  const clock = new TestClock({ skips: (milliseconds) => milliseconds < REST });
  deepStrictEqual(await sendFolder(session, { clock, onAsked: asked.resolve, retries: 1 }), ["a"]);
});

Deno.test("what a batch refuses has the exit code that it would have by itself", () => {
  for (const [reason, [status]] of Object.entries(PROBLEMS)) {
    const alone = new RefusedRequest("send it", { status, problem: undefined });
    strictEqual(refused("it", { reason, message: "" }).exitCode, alone.exitCode, reason);
  }
  strictEqual(refused("it", { reason: "of-a-later-version", message: "" }).exitCode, 4);
});
