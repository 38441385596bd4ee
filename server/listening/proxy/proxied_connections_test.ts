/** A listener behind a balancer, over real sockets; curl sends headers of version 1 by itself. */

import { deepStrictEqual, match, ok, rejects, strictEqual } from "node:assert/strict";
import { HAS_PYTHON, NO_PYTHON, python } from "../../../tests/end_to_end/fixtures/python.ts";
import { isInstalled, runTool } from "../../../tests/end_to_end/fixtures/tool.ts";
import { TestClock } from "../../../tests/peers/test_clock.ts";
import { certificateForTests } from "../../../tests/web/certificate_for_tests.ts";
import { Front, type FrontOptions } from "../../../tests/web/front.ts";
import { readAll, writeAll } from "../../../tests/web/http_exchange.ts";
import { joined } from "../../../shared/wire/bytes.ts";
import { Counters } from "../../observe/counters.ts";
import { decideProtocol, REFUSE_OTHERS } from "../choosing/decide_protocol.ts";
import type { WideLink } from "../protocol_connection.ts";

const CURL = await isInstalled("curl");

const BALANCER = { address: "127.0.0.1", bits: 32 } as const;

const GET = text("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");

/** A header of version 2 for 192.0.2.9. */
const BINARY = Uint8Array.fromHex("0d0a0d0a000d0a515549540a2111000cc00002090a000001126704e8");

/** One that says that the balancer speaks for itself. */
const LOCAL = Uint8Array.fromHex("0d0a0d0a000d0a515549540a20000000");

function text(line: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(line);
}

/** A front that tells a client its address. */
function open(options: FrontOptions = {}): Promise<Front> {
  return Front.open((_, { address }) => new Response(`You are ${address}`), {
    proxies: [BALANCER],
    ...options,
  });
}

/** Lines of the log that an operator sees, but for those of the stop. */
function toldBy({ lines }: Front): readonly unknown[] {
  return lines.filter(({ level, message }) =>
    level !== "DEBUG" && !String(message).startsWith("Stopping")
  );
}

/** What comes back for these pieces, as text. */
async function answerTo(front: Front, ...pieces: readonly Uint8Array[]): Promise<string> {
  using conn = await front.connect();
  for (const piece of pieces) await writeAll(conn, piece);
  return new TextDecoder().decode(await readAll(conn));
}

Deno.test("a client behind a balancer has the address in its PROXY header", async () => {
  await using front = await open();
  const line = text("PROXY TCP4 192.0.2.7 10.0.0.1 4711 1256\r\n");
  match(await answerTo(front, joined(line, GET)), /You are 192\.0\.2\.7$/);
  match(await answerTo(front, line.subarray(0, 9), line.subarray(9), GET), /You are 192\.0\.2\.7$/);
  match(await answerTo(front, joined(BINARY, GET)), /You are 192\.0\.2\.9$/);
  match(await answerTo(front, joined(LOCAL, GET)), /You are 127\.0\.0\.1$/);
  match(await answerTo(front, joined(text("PROXY UNKNOWN\r\n"), GET)), /You are 127\.0\.0\.1$/);
  const long = text(
    `GET / HTTP/1.1\r\nHost: a\r\nX: ${"x".repeat(9_000)}\r\nConnection: close\r\n\r\n`,
  );
  match(await answerTo(front, joined(BINARY, long)), /You are 192\.0\.2\.9$/);
});

for (const http of ["--http1.1", "--http2"]) {
  Deno.test({
    name: `curl ${http} behind a balancer is served over TLS by its own address`,
    ignore: !CURL,
    async fn() {
      await using front = await open({ tls: await certificateForTests() });
      const flags = ["-sk", http, "--haproxy-protocol"];
      const { code, stdout } = await runTool("curl", [...flags, `https://${front.address}/`]);
      deepStrictEqual([code, stdout], [0, "You are 127.0.0.1"]);
    },
  });
}

Deno.test("what comes from a balancer without a header, or a bad one, is refused", async () => {
  for (const sent of [GET, text("PROXY TCP4 nonsense\r\n"), text("PROXY TCP4 192.0.2.7 10.0")]) {
    await using front = await open();
    using conn = await front.connect();
    await writeAll(conn, sent);
    await conn.closeWrite();
    strictEqual((await readAll(conn)).byteLength, 0);
    await front.stop();
    strictEqual(front.counters.value("refused.bad-proxy-header"), 1);
    ok(front.lines.some(({ reason }) => reason === "bad-proxy-header"));
  }
});

Deno.test("a balancer that only looks at the port leaves no line and no count", async () => {
  await using front = await open();
  (await front.connect()).close();
  using conn = await front.connect();
  await conn.closeWrite();
  strictEqual((await readAll(conn)).byteLength, 0);
  await answerTo(front, LOCAL.subarray(), GET);
  await front.stop();
  const counted = Object.keys(front.counters.snapshot());
  deepStrictEqual(counted.filter((name) => name.startsWith("refused")), []);
  deepStrictEqual(toldBy(front), []);
});

/** Connects, sends what its arguments say, and resets the connection. */
const RESETTING = `
import socket, struct, sys
host, port, sent = sys.argv[1:]
conn = socket.create_connection((host, int(port)))
conn.sendall(bytes.fromhex(sent))
conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
conn.close()
`;

Deno.test({
  name: "a health check that ends by a reset leaves no line and no count" +
    NO_PYTHON,
  ignore: !HAS_PYTHON,
  async fn() {
    await using front = await open();
    const [host = "", port = ""] = front.address.split(":");
    for (const sent of ["", LOCAL.toHex()]) {
      await python(["-c", RESETTING, host, port, sent]).output();
    }
    // Another one is answered: by then those before it have ended.
    await answerTo(front, joined(LOCAL, GET));
    await front.stop();
    strictEqual(front.counters.value("connections-lost"), 0);
    deepStrictEqual(toldBy(front), []);
  },
});

Deno.test("a header that is not complete in time is refused", async () => {
  const clock = new TestClock();
  await using front = await open({ clock, limits: { firstRequestTime: 5_000 } });
  using conn = await front.connect();
  using silent = await front.connect();
  await writeAll(conn, text("PROXY TCP4 "));
  const reads = [conn, silent].map(readAll);
  // Another connection is answered: by then those before it wait.
  await answerTo(front, joined(BINARY, GET));
  clock.advance(5_000);
  for (const read of reads) strictEqual((await read).byteLength, 0);
  await front.stop();
  strictEqual(front.counters.value("refused.first-request-late"), 2);
});

Deno.test("of connections whose header is due the one that waited longest goes", async () => {
  await using front = await open({ limits: { connections: 2 } });
  const conns = [];
  for (let at = 0; at < 3; at++) {
    const conn = await front.connect();
    conns.push(conn);
    await writeAll(conn, text("PROXY "));
  }
  const [first, second, third] = conns;
  ok(first && second && third);
  strictEqual((await readAll(first)).byteLength, 0);
  const rest = text("TCP4 192.0.2.7 10.0.0.1 1 2\r\n");
  for (const conn of [second, third]) {
    await writeAll(conn, joined(rest, GET));
    match(new TextDecoder().decode(await readAll(conn)), /You are 192\.0\.2\.7$/);
  }
  for (const conn of conns) conn.close();
});

Deno.test("limits hold by the address in the header", async () => {
  const limits = { connectionsPerAddress: 1, leastRate: 0, loopback: true };
  await using front = await open({ limits });
  using one = await front.connect();
  await writeAll(one, joined(BINARY, GET.subarray(0, 10)));
  match(await answerTo(front, text("PROXY TCP4 192.0.2.7 10.0.0.1 1 2\r\n"), GET), /192\.0\.2\.7$/);
  strictEqual(await answerTo(front, joined(BINARY, GET)), "");
  strictEqual(front.counters.value("refused.too-many-from-address"), 1);
});

Deno.test("a PROXY header of who is no balancer is refused by name", async () => {
  const protocol: FrontOptions["protocol"] = (inner, counters) =>
    decideProtocol({ decide: () => inner.protocol, counters });
  await using front = await open({ protocol, proxies: [{ address: "10.0.0.0", bits: 8 }] });
  match(await answerTo(front, GET), /You are 127\.0\.0\.1$/);
  for (const header of [BINARY, text("PROXY TCP4 192.0.2.7 10.0.0.1 1 2\r\n")]) {
    strictEqual(await answerTo(front, joined(header, GET)), "");
  }
  await front.stop();
  strictEqual(front.counters.value("refused.proxy-header"), 2);
});

Deno.test("a PROXY header of who is no balancer is known however it is split", async () => {
  const protocol = decideProtocol({ decide: () => REFUSE_OTHERS, counters: new Counters() });
  for (const header of [BINARY, text("PROXY UNKNOWN\r\n")]) {
    const undecided = protocol({} as WideLink);
    await rejects(async () => {
      for (const byte of header) await undecided.receive(Uint8Array.of(byte));
    }, /is from no balancer/);
  }
});
