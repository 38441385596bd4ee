import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { Front } from "../../../tests/web/front.ts";
import { exchange, readAll, writeAll } from "../../../tests/web/http_exchange.ts";
import { certificateForTests } from "../../../tests/web/certificate_for_tests.ts";
import { TestClock } from "../../../tests/peers/test_clock.ts";
import type { Protocol } from "../protocol_connection.ts";
import { chooseProtocol } from "./choose_protocol.ts";
import { clearAnswer } from "./clear_answer.ts";

const TLS = await certificateForTests();

/** A protocol that sends back what comes, as soon as it comes. */
const ECHO: Protocol = ({ send }) => ({
  ...{ fresh: true, transferring: false, inContent: false, fileDue: false, over: false },
  ...{ readSize: undefined, silenceLimit: undefined },
  receive: (bytes) => send(bytes).then(() => true),
  silence: () => Promise.resolve(false),
  refuseSlowFile: () => Promise.resolve(),
  endOfInput: () => undefined,
  end: () => Promise.resolve(),
});

/** A front that speaks TLS, answers what is asked in the clear, and echoes everything else. */
async function open(options: { readonly clock?: TestClock; readonly requests?: string[] } = {}) {
  const { clock, requests = [] } = options;
  return await Front.open(() => new Response("by TLS"), {
    ...(clock !== undefined && { clock }),
    tls: TLS,
    protocol: (inner, counters) =>
      chooseProtocol({
        tls: inner.protocol,
        clear: clearAnswer(({ target, header }) => {
          requests.push(`${target} ${header("Host")}`);
          return new Response("in the clear", { headers: { "x-said": "once" } });
        }, { counters }),
        other: ECHO,
      }, { counters }),
  });
}

async function bytesOf(conn: Deno.Conn, count: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(count);
  for (let at = 0; at < count;) {
    const got = await conn.read(bytes.subarray(at));
    if (got === null) return bytes.subarray(0, at);
    at += got;
  }
  return bytes;
}

/** A connection to a front over which what is sent comes in pieces of `size` bytes. */
async function inPieces(front: Front, size: number) {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { hostname, port } = listener.addr;
  const [conn, near] = await Promise.all([Deno.connect({ hostname, port }), listener.accept()]);
  const far = await front.connect();
  far.setNoDelay(true);
  const pass = async (from: Deno.Conn, to: Deno.Conn, most: number) => {
    const buffer = new Uint8Array(most);
    for (let got = await from.read(buffer); got !== null; got = await from.read(buffer)) {
      for (let at = 0; at < got;) at += await to.write(buffer.subarray(at, got));
    }
    await to.closeWrite();
  };
  const passing = Promise.allSettled([pass(near, far, size), pass(far, near, 16_384)]);
  return {
    conn,
    async [Symbol.asyncDispose]() {
      far.close();
      near.close();
      await passing;
    },
  };
}

Deno.test("a listener of several protocols hands on what begins with neither", async () => {
  await using front = await open();
  const beginnings = [
    [0x00],
    [0x15, 3, 1],
    [0x16, 3, 5],
    [0x16, 2],
    [0x47, 0x45, 0x54, 0x54],
    [0x16, 3, 1, 0, 200, 1, 0, 0, 200],
  ];
  for (const bytes of beginnings) {
    using conn = await front.connect();
    // Byte by byte: the last one decides, and none is lost.
    for (const byte of bytes) await conn.write(Uint8Array.of(byte));
    deepStrictEqual([...await bytesOf(conn, bytes.length)], bytes);
  }
});

Deno.test("a listener of several protocols answers one clear GET, and no more", async () => {
  const requests: string[] = [];
  await using front = await open({ requests });
  const text = "GET /v4/key?a HTTP/1.1\r\nHost: example\r\n\r\n";
  const { status, headers, text: body } = await exchange(front.address, text.repeat(3));
  deepStrictEqual([status, body], [200, "in the clear"]);
  deepStrictEqual([headers["connection"], headers["x-said"]], ["close", "once"]);
  using conn = await front.connect();
  for (const letter of text) await writeAll(conn, letter);
  match(new TextDecoder().decode(await readAll(conn)), /^HTTP\/1\.1 200 [^]*in the clear$/);
  deepStrictEqual(requests, ["/v4/key?a example", "/v4/key?a example"]);
  strictEqual(front.counters.value("clear-requests"), 2);
});

Deno.test("a listener of several protocols refuses bad heads in the clear", async () => {
  const requests: string[] = [];
  await using front = await open({ requests });
  for (
    const [text, status] of [
      ["GET /\r\n\r\n", 400],
      ["GET / HTTP/2.0\r\n\r\n", 400],
      ["GET /a b HTTP/1.1\r\n\r\n", 400],
      ["GET / HTTP/1.1\r\nNo colon\r\n\r\n", 400],
      ["GET / HTTP/1.1\r\n folded: a\r\n\r\n", 400],
      ["GET / HTTP/1.1\r\nA: b\rc\r\n\r\n", 400],
      ["GET / HTTP/1.1\r\nA: b\0c\r\n\r\n", 400],
      [`GET /${"x".repeat(8 * 1024)}`, 431],
      [`GET / HTTP/1.1\r\nA: ${"x".repeat(9 * 1024)}\r\n\r\n`, 431],
    ] as const
  ) {
    strictEqual((await exchange(front.address, text)).status, status, text.slice(0, 30));
  }
  deepStrictEqual(requests, []);
  strictEqual(front.counters.value("refused.bad-clear-head"), 7);
  strictEqual(front.counters.value("refused.clear-head-too-large"), 2);
});

Deno.test("a listener of several protocols pipes TLS to the server inside", async () => {
  await using front = await open();
  for (const size of [1, 5, 9, 16_384]) {
    await using line = await inPieces(front, size);
    using conn = await Deno.startTls(line.conn, { hostname: "localhost", caCerts: [TLS.cert] });
    await conn.write(
      new TextEncoder().encode("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"),
    );
    let text = "";
    const buffer = new Uint8Array(1_000);
    for (let got = await conn.read(buffer); got !== null; got = await conn.read(buffer)) {
      text += new TextDecoder().decode(buffer.subarray(0, got));
    }
    match(text, /^HTTP\/1\.1 200 OK[^]*by TLS$/);
  }
});

Deno.test("a listener of several protocols waits for deciding bytes as for requests", async () => {
  const clock = new TestClock();
  await using front = await open({ clock });
  for (const bytes of [[0x16], [0x16, 3, 1, 0, 200, 1, 0, 0], [0x47, 0x45, 0x54]]) {
    using conn = await front.connect();
    await conn.write(Uint8Array.of(...bytes));
    await clock.waitedFor(30_000);
    clock.advance(30_000);
    strictEqual((await readAll(conn)).byteLength, 0);
  }
  strictEqual(front.counters.value("refused.first-request-late"), 3);
  // Who leaves without a byte, as health checks do, has not begun anything.
  for (const bytes of [[0x16, 3], []]) {
    using conn = await front.connect();
    if (bytes.length > 0) await conn.write(Uint8Array.of(...bytes));
    await conn.closeWrite();
    strictEqual((await readAll(conn)).byteLength, 0);
  }
  await front.stop();
  strictEqual(front.counters.value("refused.protocol-undecided"), 1);
  ok(front.lines.some(({ reason }) => reason === "protocol-undecided"));
});
