import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { ProblemError } from "../../../shared/protocol4/problem.ts";
import { Front } from "../../../tests/web/front.ts";
import { ask } from "../../../tests/web/http_exchange.ts";
import { sentStream } from "./sent_stream.ts";

/** Contents of three pieces, and what became of them. */
function contents({ hasOwnPieces }: { readonly hasOwnPieces: boolean }) {
  const pieces = [1, 2, 3].map((value) => new Uint8Array(10).fill(value));
  return {
    pieces,
    size: 30,
    hasOwnPieces,
    stream: () => ReadableStream.from(pieces),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/** Reads all; returns what came, and the sizes of the pieces of `from` after each read. */
async function readAll(from: ReturnType<typeof contents>) {
  const told: (readonly [number, string])[] = [];
  const stream = sentStream(from, {
    range: { start: 0, end: 30 },
    awaitTurn: () => Promise.resolve(true),
    left: new AbortController().signal,
    onSent: (bytes, outcome) => told.push([bytes, outcome]),
  });
  const came: number[] = [];
  const sizes: number[][] = [];
  for await (const piece of stream) {
    came.push(...new Set(piece));
    sizes.push(from.pieces.map(({ byteLength }) => byteLength));
  }
  deepStrictEqual([came, told], [[1, 2, 3], [[30, "whole"]]]);
  return sizes;
}

Deno.test("sentStream() releases a piece of its own once the next one is asked for", async () => {
  const sizes = await readAll(contents({ hasOwnPieces: true }));
  deepStrictEqual(sizes, [[10, 10, 10], [0, 10, 10], [0, 0, 10]]);
});

Deno.test("sentStream() leaves pieces as they are that others may have", async () => {
  const sizes = await readAll(contents({ hasOwnPieces: false }));
  strictEqual(sizes.flat().every((size) => size === 10), true);
});

Deno.test("sentStream() closes its contents when its client has left", async () => {
  const closed = Promise.withResolvers<void>();
  const leaving = new AbortController();
  const told: string[] = [];
  const opened = {
    ...contents({ hasOwnPieces: false }),
    [Symbol.asyncDispose]: () => Promise.resolve(closed.resolve()),
  };
  const reader = sentStream(opened, {
    range: { start: 0, end: 30 },
    awaitTurn: () => Promise.resolve(true),
    left: leaving.signal,
    onSent: (bytes, outcome) => told.push(`${bytes} ${outcome}`),
  }).getReader();
  await reader.read();
  leaving.abort();
  await closed.promise;
  deepStrictEqual(told, ["10 cut-off"]);
});

Deno.test("sentStream() cuts the answer to a client that may not read on", async () => {
  const told: unknown[] = [];
  const refusal = new ProblemError("token-revoked");
  await using front = await Front.open(() => {
    const stream = sentStream(contents({ hasOwnPieces: false }), {
      range: { start: 0, end: 30 },
      awaitTurn: () => Promise.reject(refusal),
      left: new AbortController().signal,
      onSent: (...sent) => told.push(...sent),
    });
    return new Response(stream, { headers: { "content-length": "30" } });
  });
  const { text } = await ask(front.address, "/");
  strictEqual(text, "\x01".repeat(10));
  deepStrictEqual(told, [10, "cut-off", refusal]);
  // That is no fault of the server.
  strictEqual(front.counters.value("refused.internal-error"), 0);
});
