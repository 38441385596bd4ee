import { notStrictEqual, ok, strictEqual } from "node:assert/strict";
import { answerOf, readAll, writeAll } from "../../../tests/web/http_exchange.ts";
import { Front } from "../../../tests/web/front.ts";

/** Whether something listens on a port. */
async function isOpen(port: number): Promise<boolean> {
  try {
    using _conn = await Deno.connect({ hostname: "127.0.0.1", port });
    return true;
  } catch {
    return false;
  }
}

Deno.test("InnerServer lets another server take its place after many that are cut", async () => {
  const asked = { kept: Promise.withResolvers<void>(), evicted: Promise.withResolvers<void>() };
  const answer = Promise.withResolvers<Response>();
  await using front = await Front.open(({ url }, { pin }) => {
    const { pathname } = new URL(url);
    if (pathname === "/") return new Response("answer");
    if (pathname === "/kept") pin();
    asked[pathname === "/kept" ? "kept" : "evicted"].resolve();
    return answer.promise;
  }, { mostCut: 1, limits: { connections: 2 } });
  const { port: before } = front.inner;
  const ask = async (path: string) => {
    const conn = await front.connect();
    await writeAll(conn, `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
    return conn;
  };
  const get = async () => {
    using conn = await ask("/");
    return answerOf(await readAll(conn)).text;
  };
  const kept = await ask("/kept");
  await asked.kept.promise;
  using evicted = await ask("/evicted");
  await asked.evicted.promise;
  // It takes the place of one that is not kept.
  strictEqual(await get(), "answer");
  strictEqual((await readAll(evicted)).byteLength, 0);
  strictEqual(await get(), "answer");
  notStrictEqual(front.inner.port, before);
  // The one before serves on until its last connection has ended.
  strictEqual(await isOpen(before), true);
  answer.resolve(new Response("late"));
  strictEqual(answerOf(await readAll(kept)).text, "late");
  kept.close();
  while (await isOpen(before));
  strictEqual(await get(), "answer");
});

const GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

/** A front where a new connection evicts an earlier one, whose request is unanswered. */
async function openNarrow({ mostCut }: { readonly mostCut: number }) {
  const asked = Promise.withResolvers<void>();
  const front = await Front.open(({ url }) => {
    if (new URL(url).pathname === "/") return new Response("answer");
    asked.resolve();
    return new Promise<Response>(() => {});
  }, { mostCut, limits: { connections: 2 } });
  return {
    front,
    /** A connection that is cut when two others come. */
    async cut(): Promise<Disposable> {
      const conn = await front.connect();
      await writeAll(conn, "GET /never HTTP/1.1\r\nHost: a\r\n\r\n");
      await asked.promise;
      return conn;
    },
    async get(): Promise<string> {
      using conn = await front.connect();
      await writeAll(conn, GET.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n"));
      return answerOf(await readAll(conn)).text;
    },
    [Symbol.asyncDispose]: () => front[Symbol.asyncDispose](),
  };
}

Deno.test("a connection at rest does not keep a server that was replaced", async () => {
  await using narrow = await openNarrow({ mostCut: 1 });
  const { front, cut, get } = narrow;
  const { port: before } = front.inner;
  using _cut = await cut();
  const resting = await front.connect();
  await writeAll(resting, GET);
  ok(await resting.read(new Uint8Array(1_000)));
  for (let round = 0; front.inner.port === before; round++) {
    ok(round < 100);
    strictEqual(await get(), "answer");
  }
  // The replaced server would answer it.
  await writeAll(resting, GET).catch(() => {});
  strictEqual(await resting.read(new Uint8Array(1_000)).catch(() => null), null);
  resting.close();
  while (await isOpen(before));
});

Deno.test("a server is replaced sooner when it has no connection", async () => {
  await using narrow = await openNarrow({ mostCut: 8 });
  const { front, cut, get } = narrow;
  const { port: before } = front.inner;
  using _cut = await cut();
  using _other = await front.connect();
  for (let round = 0; front.inner.port === before; round++) {
    ok(round < 100);
    strictEqual(await get(), "answer");
  }
  while (await isOpen(before));
});
