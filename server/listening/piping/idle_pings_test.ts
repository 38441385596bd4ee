/** Connections on which something comes, and no request. */

import { ok } from "node:assert/strict";
import { Buffer } from "node:buffer";
import { TestClock } from "../../../tests/peers/test_clock.ts";
import { Front } from "../../../tests/web/front.ts";
import { writeAll } from "../../../tests/web/http_exchange.ts";
import { getFrame, PING, PREFACE } from "../../../tests/web/http2_frames.ts";

/** Milliseconds, fewer than a connection may be idle. */
const PAUSE = 100_000;

/** Reads so many bytes; undefined if the connection has ended before. */
async function read(conn: Deno.Conn, bytes: number): Promise<Buffer | undefined> {
  const buffer = Buffer.alloc(bytes);
  for (let size = 0; size < bytes;) {
    const got = await conn.read(buffer.subarray(size)).catch(() => null);
    if (got === null) return undefined;
    size += got;
  }
  return buffer;
}

/** Reads to the end of a frame of some type. Returns whether one came. */
async function frameCame(conn: Deno.Conn, type: number): Promise<boolean> {
  for (;;) {
    const head = await read(conn, 9);
    if (head === undefined || await read(conn, head.readUIntBE(0, 3)) === undefined) return false;
    if (head[3] === type) return true;
  }
}

Deno.test("PINGs of HTTP/2 keep no connection that is idle", async () => {
  const clock = new TestClock();
  await using front = await Front.open(() => new Response("answer"), { clock });
  using conn = await front.connect();
  await writeAll(conn, Buffer.concat([PREFACE, getFrame("/")]));
  ok(await frameCame(conn, 0));
  let answered = 0;
  while (await writeAll(conn, PING).then(() => frameCame(conn, 6), () => false)) {
    ok(++answered < 10, "It was kept");
    clock.advance(PAUSE);
  }
  ok(answered > 1, `${answered}`);
});
