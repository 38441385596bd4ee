/** The server inside over TLS, with curl and the runtime as its clients. */

import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { isInstalled, runTool } from "../../../tests/end_to_end/fixtures/tool.ts";
import { certificateForTests } from "../../../tests/web/certificate_for_tests.ts";
import { Front } from "../../../tests/web/front.ts";
import { readAll } from "../../../tests/web/http_exchange.ts";
import { temporaryFolder } from "../../../tests/peers/temporary_folder.ts";

const TLS = await certificateForTests();

const CURL = await isInstalled("curl");

/** More than is passed on at once, and than a record of TLS has. */
const SIZE = 4 * 1024 * 1024;

/** Connections at once. */
const MANY = 100;

const SMALL = 64 * 1024;

const GET = new TextEncoder().encode("GET /small HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");

/** A front whose handler says how many bytes were sent, or sends `SIZE` bytes. */
function open(): Promise<Front> {
  return Front.open(async (request) => {
    const small = request.url.endsWith("/small");
    if (request.method === "GET") return new Response(new Uint8Array(small ? SMALL : SIZE));
    let size = 0;
    for await (const piece of request.body ?? []) size += piece.byteLength;
    return new Response(`${size} bytes by ${request.headers.get("x-version") ?? "curl"}`);
  }, { tls: TLS });
}

async function connect(front: Front): Promise<Deno.TlsConn> {
  return await Deno.startTls(await front.connect(), {
    hostname: "localhost",
    caCerts: [TLS.cert],
  });
}

/** Bytes that look like a ClientHello, and are not the whole of one. */
const HALF_HELLO = Uint8Array.of(0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3);

for (const version of ["--http1.1", "--http2"]) {
  Deno.test({
    name: `curl ${version} uploads and downloads through the pipe, over TLS`,
    ignore: !CURL,
    async fn() {
      await using front = await open();
      await using folder = await temporaryFolder();
      const path = join(folder.path, "sent");
      await Deno.writeFile(path, new Uint8Array(SIZE));
      const url = `https://${front.address}/`;
      const sent = await runTool("curl", ["-sk", version, "-T", path, url]);
      deepStrictEqual([sent.code, sent.stdout], [0, `${SIZE} bytes by curl`]);
      const got = join(folder.path, "got");
      const { code, stdout } = await runTool("curl", [
        ...["-sk", version, "-o", got, "-w", "%{http_version} %{size_download}", url],
      ]);
      deepStrictEqual([code, stdout], [0, `${version.replace("--http", "")} ${SIZE}`]);
      strictEqual(front.counters.value("connections"), 2);
    },
  });
}

Deno.test("an inner server answers a hundred connections of TLS at once", async () => {
  await using front = await open();
  const conns = await Promise.all(Array.from({ length: MANY }, () => connect(front)));
  // All are open before the first of them asks.
  await Promise.all(conns.map((conn) => conn.handshake()));
  const sizes = await Promise.all(conns.map(async (conn) => {
    await conn.write(GET);
    const { byteLength } = await readAll(conn);
    conn.close();
    return byteLength;
  }));
  ok(sizes.every((size) => size > SMALL));
});

Deno.test({
  name: "connections of TLS that are cut anywhere leave no descriptor behind",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const count = async () => (await runTool("sh", ["-c", "ls /proc/$PPID/fd"])).stdout.length;
    await using front = await open();
    const cuts: readonly ((conn: Deno.TlsConn) => Promise<unknown>)[] = [
      (conn) => conn.handshake(),
      (conn) => conn.write(GET.subarray(0, 10)),
      (conn) => conn.write(GET),
      (conn) => conn.write(GET).then(() => conn.read(new Uint8Array(100))),
      (conn) =>
        conn.write(
          new TextEncoder().encode("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nx"),
        ),
    ];
    const cutAll = async (times: number) => {
      for (let time = 0; time < times; time++) {
        for (const cut of cuts) {
          const conn = await connect(front);
          await cut(conn);
          conn.close();
        }
        {
          using raw = await front.connect();
          await raw.write(HALF_HELLO);
        }
      }
    };
    // Other tests of the process open descriptors too, but what is kept grows each time.
    let [before, after] = [0, 1];
    for (let tries = 0; after > before && tries < 6; tries++) {
      before = await count();
      await cutAll(8);
      // Both servers hear of the cuts within some rounds of the event loop.
      after = await count();
      for (let round = 0; after > before && round < 50; round++) after = await count();
    }
    ok(after <= before, `${before} ${after}`);
  },
});

Deno.test("who leaves after the handshake without a request is no refusal", async () => {
  await using front = await open();
  for (let time = 0; time < 3; time++) {
    const conn = await connect(front);
    await conn.handshake();
    conn.close();
  }
  await front.stop();
  strictEqual(front.counters.value("refused.no-request"), 0);
  deepStrictEqual(front.lines.filter(({ level }) => level === "WARN"), []);
});

Deno.test("a connection without a handshake does not hold up the stop", async () => {
  const front = await open();
  using raw = await front.connect();
  await raw.write(HALF_HELLO);
  using inside = await Deno.connect({ hostname: "127.0.0.1", port: front.inner.port });
  await inside.write(HALF_HELLO);
  // Both have been taken: another one is answered after them.
  const conn = await connect(front);
  await conn.write(GET);
  match(new TextDecoder().decode(await readAll(conn)), /^HTTP\/1\.1 200/);
  conn.close();
  await front.stop();
  strictEqual((await readAll(raw)).byteLength, 0);
});
