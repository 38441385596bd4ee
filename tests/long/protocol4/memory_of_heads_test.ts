/** What requests over TLS whose heads do not end take of the server's memory. */

import { match, ok } from "node:assert/strict";
import { once } from "node:events";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { assertBelow } from "../../chance/assert_below.ts";
import { mostMemory } from "../../end_to_end/fixtures/most_memory.ts";
import { serverProcess } from "../../protocol4/fixtures/server_process.ts";

/** Connections at once. */
const MANY = 256;

/** Bytes of a line of a head. */
const LINE = 1_000;

/** Lines of a head that the runtime still keeps, and with which it refuses one: beyond 64 KiB. */
const KEPT = 60;
const TOO_MANY = 70;

/**
 * KiB that a connection may take more with such a head than without: 90 to 101 were seen, and 153
 * with reads of 64 KiB.
 */
const MOST = 125;

async function connect(port: number): Promise<TLSSocket> {
  const conn = connectTls({
    ...{ host: "127.0.0.1", port, rejectUnauthorized: false, ALPNProtocols: ["http/1.1"] },
  });
  conn.on("error", () => {});
  await once(conn, "secureConnect");
  return conn;
}

/** Sends lines of a head, and waits until the system has taken them. */
async function sendLines(conn: TLSSocket, count: number): Promise<void> {
  const line = `X: ${"y".repeat(LINE - "X: \r\n".length)}\r\n`;
  await new Promise<void>((resolve) => void conn.write(line.repeat(count), () => resolve()));
}

Deno.test({
  name: `${MANY} heads that do not end take little memory, and are ended by name beyond 64 KiB`,
  ignore: Deno.build.os !== "linux",
  fn: () => assertBelow(MOST, memoryOfHeads, { tries: 4, unit: "KiB" }),
});

/** KiB that a server takes more for each head that does not end. */
async function memoryOfHeads(): Promise<number> {
  await using peers = await serverProcess(["--max-connections-per-address", `${MANY + 10}`]);
  const { server } = peers;
  const port = Number(server.address.split(":")[1]);
  const conns: TLSSocket[] = [];
  for (let n = 0; n < MANY; n++) conns.push(await connect(port));
  const before = await mostMemory(server.pid);
  for (const conn of conns) {
    conn.write("GET /v4/key HTTP/1.1\r\nHost: a\r\n");
    await sendLines(conn, KEPT);
  }
  // Who comes after them has an answer when all of theirs was read.
  const late = await connect(port);
  late.write("GET /v4/key HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  const [answer] = await once(late, "data");
  match(String(answer), /^HTTP\/1\.1 200 /);
  late.destroy();
  const taken = (await mostMemory(server.pid) - before) / MANY / 1024;
  await Promise.all(conns.map(async (conn) => {
    const [closed, told] = [once(conn, "close"), once(conn, "data")];
    await sendLines(conn, TOO_MANY - KEPT);
    match(String((await told)[0]), /^HTTP\/1\.1 400 /);
    await closed;
  }));
  const { stderr } = await server.stop();
  const [, count] = /refused\.no-request (\d+)/.exec(stderr) ?? [];
  // A client that closes at the answer, before its own end is seen, has left without a request.
  ok(Number(count) > 0.9 * MANY, stderr.slice(-300));
  return taken;
}
