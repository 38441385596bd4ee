import { equal } from "node:assert/strict";
import { Buffer } from "node:buffer";
import { certificateForTests } from "../../../tests/web/certificate_for_tests.ts";
import { Front } from "../../../tests/web/front.ts";
import { writeAll } from "../../../tests/web/http_exchange.ts";
import { frame, getFrame, PREFACE } from "../../../tests/web/http2_frames.ts";
import { jsonAnswer } from "./answers.ts";

/** The bytes that a client of HTTP/2 takes without saying that it takes more. */
const WINDOW = 65_535;

/** A frame that says of stream 0 or 1 that another window of bytes is taken. */
function more(stream: number): Buffer {
  const size = Buffer.alloc(4);
  size.writeUInt32BE(WINDOW);
  return frame(8, 0, stream, size);
}

/** Reads so many bytes; fewer if the connection has ended. */
async function read(conn: Deno.Conn, bytes: number): Promise<Buffer> {
  const buffer = Buffer.alloc(bytes);
  let size = 0;
  while (size < bytes) {
    const got = await conn.read(buffer.subarray(size)).catch(() => null);
    if (got === null) break;
    size += got;
  }
  return buffer.subarray(0, size);
}

Deno.test("an answer larger than a window survives that its server is replaced", async () => {
  const text = "x".repeat(3 * WINDOW);
  await using front = await Front.open(() => jsonAnswer(text));
  using conn = await front.connect();
  await writeAll(conn, Buffer.concat([PREFACE, getFrame("/")]));
  let came = 0;
  for (;;) {
    const head = await read(conn, 9);
    if (head.byteLength < 9) break;
    const payload = await read(conn, head.readUIntBE(0, 3));
    if (head[3] !== 0) continue;
    came += payload.byteLength;
    if (head[4] === 1) break;
    if (came % WINDOW !== 0) continue;
    if (came === WINDOW) front.inner.useIdentity(await certificateForTests());
    await writeAll(conn, Buffer.concat([more(0), more(1)])).catch(() => {});
  }
  equal(came, text.length + 3);
});
