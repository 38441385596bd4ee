import { notStrictEqual, strictEqual } from "node:assert/strict";
import { answerOf, readAll, writeAll } from "../../../tests/web/http_exchange.ts";
import { Front } from "../../../tests/web/front.ts";

/** Whether somebody listens on a port. */
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
  await using front = await Front.open(({ url }, { keep }) => {
    const { pathname } = new URL(url);
    if (pathname === "/") return new Response("answer");
    if (pathname === "/kept") keep();
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
