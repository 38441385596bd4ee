import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { bodyOf, countedStream, SHORT_BODY } from "./counted_stream.ts";

const { signal: left } = new AbortController();

/** Bytes in pieces of 64 KiB. */
async function* piecesOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += 65_536) {
    yield await Promise.resolve(bytes.subarray(at, at + 65_536));
  }
}

/** Counts how often it was disposed of. */
function counter() {
  const counted = { ended: 0, [Symbol.dispose]: () => void counted.ended++ };
  return counted;
}

Deno.test("countedStream() ends its count at the last byte, and not before", async () => {
  const counted = counter();
  const bytes = crypto.getRandomValues(new Uint8Array(65_536));
  const whole = new Uint8Array(3 * bytes.byteLength);
  for (let at = 0; at < whole.byteLength; at += bytes.byteLength) whole.set(bytes, at);
  const reader = countedStream(piecesOf(whole), { counted, left }).getReader();
  const first = await reader.read();
  strictEqual(first.value?.byteLength, 65_536);
  strictEqual(counted.ended, 0);
  const got = [...first.value];
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    got.push(...next.value);
  }
  deepStrictEqual(Uint8Array.from(got), whole);
  strictEqual(counted.ended, 1);
});

Deno.test("countedStream() ends its count when nobody wants the bytes, or they fail", async () => {
  const unwanted = counter();
  await countedStream(piecesOf(new Uint8Array(9)), { counted: unwanted, left }).cancel();
  strictEqual(unwanted.ended, 1);
  const failed = counter();
  async function* failing(): AsyncGenerator<Uint8Array> {
    yield await Promise.resolve(new Uint8Array(1));
    throw new RangeError("gone");
  }
  await rejects(
    new Response(countedStream(failing(), { counted: failed, left })).bytes(),
    RangeError,
  );
  strictEqual(failed.ended, 1);
});

Deno.test("bodyOf() is bytes where they are few, and a stream of all of them else", async () => {
  const short = counter();
  const bytes = crypto.getRandomValues(new Uint8Array(SHORT_BODY));
  deepStrictEqual(await bodyOf(piecesOf(bytes), { lasts: () => short, left }), bytes);
  deepStrictEqual(
    await bodyOf(piecesOf(new Uint8Array(0)), { lasts: () => short, left }),
    new Uint8Array(0),
  );
  strictEqual(short.ended, 0);
  const long = counter();
  const whole = new Uint8Array(2 * SHORT_BODY + 1).fill(7, SHORT_BODY);
  const body = await bodyOf(piecesOf(whole), { lasts: () => long, left });
  strictEqual(body instanceof ReadableStream, true);
  strictEqual(long.ended, 0);
  deepStrictEqual(await new Response(body).bytes(), whole);
  strictEqual(long.ended, 1);
});

Deno.test("bodyOf() ends its source when nobody wants the rest", async () => {
  const unwanted = counter();
  let ended = false;
  async function* endless(): AsyncGenerator<Uint8Array> {
    try {
      for (;;) yield await Promise.resolve(new Uint8Array(SHORT_BODY));
    } finally {
      ended = true;
    }
  }
  const body = await bodyOf(endless(), { lasts: () => unwanted, left });
  strictEqual(body instanceof ReadableStream, true);
  await (body as ReadableStream).cancel();
  deepStrictEqual([unwanted.ended, ended], [1, true]);
});

/** Pieces without end. */
async function* endless(onEnd: () => void): AsyncGenerator<Uint8Array> {
  try {
    for (;;) yield await Promise.resolve(new Uint8Array(9));
  } finally {
    onEnd();
  }
}

Deno.test("countedStream() ends its count and its source when its client has left", async () => {
  for (const when of ["before", "amid"]) {
    const counted = counter();
    const leaving = new AbortController();
    const over = Promise.withResolvers<void>();
    const source = endless(over.resolve);
    await source.next();
    if (when === "before") leaving.abort();
    // It is neither read nor cancelled.
    countedStream(source, { counted, left: leaving.signal });
    leaving.abort();
    await over.promise;
    strictEqual(counted.ended, 1, when);
  }
});
