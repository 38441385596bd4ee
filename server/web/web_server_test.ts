import { deepStrictEqual, match, ok, rejects, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import {
  answerOf,
  ask,
  connectTo,
  countAll,
  exchange,
  readAll,
  writeAll,
} from "../../tests/web/http_exchange.ts";
import { openWeb } from "../../tests/web/opened_web.ts";
import { ManyAddresses, NO_ADDRESSES } from "../../tests/rogue/many_addresses.ts";
import { TestClock } from "../../tests/peers/test_clock.ts";
import { SILENT } from "../../tests/peers/test_services.ts";
import { Counters } from "../observe/counters.ts";
import { StartupError } from "../settings/startup_error.ts";
import { temporaryFolder } from "../../tests/peers/temporary_folder.ts";
import { WebServer, type WebServerOptions } from "./web_server.ts";
import { SYSTEM_CLOCK } from "../system_clock.ts";

/** More than the socket buffers between server and client. */
const BIG = 32 * 1024 * 1024;

const OPTIONS: WebServerOptions = {
  address: { host: "127.0.0.1", port: 0 },
  downloads: undefined,
  protocolPort: 1256,
  clock: SYSTEM_CLOCK,
  log: SILENT,
  counters: new Counters(),
};

/** Requests a file and reads only the start of the response. */
async function beginDownload(address: string, path: string): Promise<Deno.TcpConn> {
  const conn = await connectTo(address);
  await writeAll(conn, `GET ${path} HTTP/1.1\r\nHost: ${address}\r\nConnection: close\r\n\r\n`);
  ok(await conn.read(new Uint8Array(100)));
  return conn;
}

Deno.test("A web server that cannot open its port throws a StartupError", async () => {
  await using web = await openWeb();
  const port = Number(web.address.split(":").at(-1));
  const opened = (address: WebServerOptions["address"]) => WebServer.open({ ...OPTIONS, address });
  await rejects(opened({ host: "127.0.0.1", port }), (error) => {
    ok(error instanceof StartupError);
    match(error.message, /^Cannot listen on 127\.0\.0\.1:\d+ for --http: the port is in use; /);
    return true;
  });
});

Deno.test("A web server needs the folder that it is to offer files from", async () => {
  await using folder = await temporaryFolder();
  const downloads = join(folder.path, "none");
  await rejects(WebServer.open({ ...OPTIONS, downloads }), {
    name: "StartupError",
    message:
      `There is no folder ${JSON.stringify(downloads)} to offer downloads from; make it, or ` +
      "name another one with --downloads",
  });
});

Deno.test("A web server without downloads still tells where to send", async () => {
  await using web = await openWeb({ downloads: "none" });
  const { status, text } = await ask(web.address, "/");
  strictEqual(status, 200);
  ok(text.includes("No client is offered here"));
  ok(text.includes("127.0.0.1:1256"));
});

Deno.test("A web server closes connections whose request does not come", async () => {
  await using web = await openWeb({ firstRequestTime: 200 });
  await Promise.all(["", "GET / HTTP/1.1\r\nHost: a\r\n", "GET / HT"].map(async (text) => {
    const { status } = await exchange(web.address, text);
    strictEqual(status, 0, JSON.stringify(text));
  }));
  strictEqual(web.counters.value("refused.first-request-late"), 3);
});

Deno.test("A web server closes connections without a further request, as no fault", async () => {
  const clock = new TestClock();
  await using web = await openWeb({ clock });
  using conn = await connectTo(web.address);
  await writeAll(conn, `GET /none HTTP/1.1\r\nHost: ${web.address}\r\n\r\n`);
  ok(await conn.read(new Uint8Array(65_536)));
  // Once the answer is sent to its end, the connection waits for so long only.
  await clock.waitedFor(5_000);
  // The start of another request changes nothing.
  await writeAll(conn, "GET / HTTP");
  clock.advance(5_000);
  strictEqual((await readAll(conn)).byteLength, 0);
  await web.stop();
  const told = web.lines.filter(({ message }) => message.startsWith("Closed the connection"));
  deepStrictEqual(told.map(({ level }) => level), ["DEBUG"]);
  strictEqual(web.counters.value("refused.timeout"), 0);
});

Deno.test("A web server refuses heads that are too large, and what is no HTTP", async () => {
  await using web = await openWeb();
  for (
    const text of [
      `GET / HTTP/1.1\r\nHost: a\r\nX: ${"y".repeat(200_000)}\r\n\r\n`,
      `GET /${"y".repeat(200_000)} HTTP/1.1\r\nHost: a\r\n\r\n`,
      "\0\0\0\0\r\n\r\n",
      "GET / HTTP/9.9\r\n\r\n",
    ]
  ) {
    const { status } = await exchange(web.address, text);
    ok([0, 400, 414, 431, 505].includes(status), `${text.slice(0, 20)}: ${status}`);
  }
  strictEqual((await ask(web.address, "/")).status, 200);
});

Deno.test("A web server that is full closes the idlest connection for another one", async () => {
  await using web = await openWeb({ connections: 2, idleTime: 10_000 });
  using idler = await connectTo(web.address);
  using busier = await connectTo(web.address);
  // A request over each, so that both are known to have their places.
  for (const conn of [idler, busier]) {
    await writeAll(conn, `GET /icon.svg HTTP/1.1\r\nHost: ${web.address}\r\n\r\n`);
    ok(await conn.read(new Uint8Array(65_536)));
  }
  strictEqual((await ask(web.address, "/")).status, 200);
  strictEqual((await readAll(idler)).byteLength, 0);
  strictEqual(web.counters.value("refused.stranger-evicted"), 1);
  const lines = web.lines.filter(({ reason }) => reason === "stranger-evicted");
  deepStrictEqual(lines.map(({ level }) => level), ["WARN"]);
  await writeAll(busier, `GET /icon.svg HTTP/1.1\r\nHost: ${web.address}\r\n\r\n`);
  ok(await busier.read(new Uint8Array(65_536)));
});

Deno.test({
  name: "A web server that eight addresses fill is open to others, and a download goes on",
  ignore: NO_ADDRESSES !== undefined,
  async fn() {
    await using web = await openWeb({ large: BIG, connections: 256 });
    const path = `/downloads/${web.files[0]?.name}`;
    using conn = await beginDownload(web.address, path);
    await using _crowd = await ManyAddresses.begin({
      ...{ port: Number(web.address.split(":").at(-1)), addresses: 8, each: 40 },
    });
    for (let visit = 0; visit < 20; visit++) strictEqual((await ask(web.address, "/")).status, 200);
    ok(await countAll(conn) >= BIG - 100);
    ok(web.counters.value("refused.stranger-evicted") > 0);
  },
});

Deno.test("A web server sends a large file as fast as it is read", async () => {
  await using web = await openWeb({ large: BIG });
  const path = `/downloads/${web.files[0]?.name}`;
  {
    using whole = await connectTo(web.address);
    await writeAll(whole, `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
    const first = new Uint8Array(64 * 1024);
    const { status, body } = answerOf(first.subarray(0, await whole.read(first) ?? 0));
    strictEqual(status, 200);
    strictEqual(body.byteLength + await countAll(whole), BIG);
  }
  const begun = await beginDownload(web.address, path);
  begun.close();
  const log = () => web.lines.some(({ message }) => /went away after \d+ bytes/.test(message));
  while (!log()) await ask(web.address, "/icon.svg");
  deepStrictEqual(
    [web.counters.value("downloads"), web.counters.value("downloads-cut-off")],
    [1, 1],
  );
  ok(web.counters.value("download-bytes") < 2 * BIG);
});

Deno.test("A web server gives up on a download of which nothing is taken", async () => {
  await using web = await openWeb({ large: BIG, idleTime: 300 });
  const path = `/downloads/${web.files[0]?.name}`;
  using conn = await beginDownload(web.address, path);
  const log = () => web.lines.some(({ message }) => /went away after \d+ bytes/.test(message));
  while (!log()) await ask(web.address, "/icon.svg");
  ok(await countAll(conn) < BIG);
  strictEqual(web.counters.value("refused.reads-too-slowly"), 1);
});

Deno.test("A web server that stops lets a download go on, and takes nobody new", async () => {
  await using web = await openWeb({ large: BIG });
  const path = `/downloads/${web.files[0]?.name}`;
  using conn = await beginDownload(web.address, path);
  const stopped = web.stop();
  // One that the system took before the listener was closed is reset.
  for (let refused = false; !refused;) {
    await rejects(connectTo(web.address), (error) => {
      refused = error instanceof Deno.errors.ConnectionRefused;
      return refused || error instanceof Deno.errors.ConnectionReset;
    });
  }
  const rest = await countAll(conn);
  ok(rest >= BIG - 100, `${rest}`);
  await stopped;
});

Deno.test("A web server whose grace is over ends downloads at once", async () => {
  await using web = await openWeb({ large: BIG });
  const path = `/downloads/${web.files[0]?.name}`;
  using conn = await beginDownload(web.address, path);
  await web.stop("atOnce");
  ok(await countAll(conn) < BIG);
});
