/**
 * An attacker between client and server cannot make them speak an older protocol, or wait for ever.
 */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { openPinned } from "../../client/protocol4/connection/open_pinned.ts";
import { SYSTEM_CLOCK } from "../../client/system_clock.ts";
import { parseServerAddress } from "../../shared/protocol4/keys/server_address.ts";
import { temporaryFolder } from "../peers/temporary_folder.ts";
import { runClient } from "../end_to_end/fixtures/in_process.ts";
import { ON_LOOPBACK, RunningServer } from "../end_to_end/fixtures/running_server.ts";
import { AccountServer } from "../peers/account_server.ts";

/** What a TLS server says that has no version in common, and one of TLS 1.1. */
const ALERT = Uint8Array.of(0x15, 3, 1, 0, 2, 2, 70);
const HELLO_OF_1_1 = Uint8Array.of(
  ...[0x16, 3, 2, 0, 42, 2, 0, 0, 38, 3, 2],
  ...[...Array(32).fill(7), 0, 0xc0, 0x13, 0],
);

/** Bytes of a head that no server may take: what the runtime and sockets hold is less. */
const MOST_OF_HEAD = 8 * 1024 ** 2;

/** Answers each connection with some bytes, and notes what came on it. */
function answering(said: Uint8Array) {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const heard: Uint8Array[] = [];
  const serve = async () => {
    for await (const conn of listener) {
      const buffer = new Uint8Array(64 * 1024);
      const size = await conn.read(buffer).catch(() => null);
      heard.push(buffer.slice(0, size ?? 0));
      await conn.write(said).catch(() => {});
      conn.close();
    }
  };
  const serving = serve();
  return {
    port: listener.addr.port,
    heard,
    async [Symbol.asyncDispose]() {
      listener.close();
      await serving;
    },
  };
}

Deno.test("A server whose key is known is never spoken to by protocol 3", async () => {
  await using folder = await temporaryFolder();
  await using honest = await AccountServer.start();
  const dir = ["--dir", folder.path];
  strictEqual((await runClient(["login", honest.text(), "--name", "maya", ...dir])).code, 0);
  // This client has spoken protocol 3 with servers of that host, too.
  const file = join(folder.path, "secret-name.txt");
  await Deno.writeTextFile(file, "secret contents");
  const path = join(folder.path, "known_servers");
  const known = await Deno.readTextFile(path);
  for (const said of [new Uint8Array(0), new Uint8Array(100), ALERT, HELLO_OF_1_1]) {
    await using between = answering(said);
    await Deno.writeTextFile(path, known.replace(`:${honest.address.port} `, `:${between.port} `));
    const info = `127.0.0.1:${between.port}\nmaya\n${file}\n`;
    await Deno.writeTextFile(join(folder.path, "transfer.info"), info);
    for (const words of [[file], [], [file, "--server", `127.0.0.1:${between.port}`]]) {
      const { code, stdout } = await runClient(["send", ...words, "--json", ...dir]);
      // Behind what it said while it waited.
      const { reason } = JSON.parse(stdout.trim().split("\n").at(-1) ?? "");
      ok(code === 3 || code === 1, `${code}: ${stdout}`);
      ok(["no-protocol-4", "no-connection", "connection-lost"].includes(reason), stdout);
    }
    ok(between.heard.length >= 3);
    for (const bytes of between.heard) {
      // The first bytes of TLS, with nothing of the client in them.
      deepStrictEqual([...bytes.subarray(0, 3)], [0x16, 3, 1]);
      const text = String.fromCharCode(...bytes);
      ok(!text.includes("maya") && !text.includes("secret"), text);
    }
  }
});

Deno.test("A server of protocol 3 in the place of a known one gets nothing", async () => {
  await using folder = await temporaryFolder();
  await using honest = await AccountServer.start();
  await using evil = await RunningServer.here(join(folder.path, "data"), {
    args: [...ON_LOOPBACK, "--protocols", "3"],
  });
  const dir = ["--dir", folder.path];
  strictEqual((await runClient(["login", honest.text(), "--name", "maya", ...dir])).code, 0);
  const file = join(folder.path, "a.txt");
  await Deno.writeTextFile(file, "abc");
  const path = join(folder.path, "known_servers");
  const known = await Deno.readTextFile(path);
  const port = evil.address.split(":").at(-1);
  await Deno.writeTextFile(path, known.replace(`:${honest.address.port} `, `:${port} `));
  const sent = await runClient(["send", file, "--json", ...dir]);
  strictEqual(sent.code, 3, sent.stdout);
  strictEqual(JSON.parse(sent.stdout).reason, "no-protocol-4");
  // Asked for by name, it is what the user wants.
  const flags = ["--server", `127.0.0.1:${port}`, "--name", "maya", "--protocol", "3"];
  strictEqual((await runClient(["send", file, ...flags, ...dir])).code, 0);
});

Deno.test("A head without end is refused, and others are served meanwhile", async () => {
  await using folder = await temporaryFolder();
  await using server = await RunningServer.here(join(folder.path, "data"), { args: ON_LOOPBACK });
  const address = await server.printed(/^sealpost:/);
  const { spki = new Uint8Array(), ...place } = parseServerAddress(address);
  const more = new TextEncoder().encode("X-More: and more\r\n".repeat(500));
  const flood = async (): Promise<number> => {
    using conn = await openPinned({ ...place, spki }, { timeout: 20_000, clock: SYSTEM_CLOCK });
    await conn.write(new TextEncoder().encode("GET /v4 HTTP/1.1\r\nHost: x\r\n"));
    let taken = 0;
    const ended = conn.read(new Uint8Array(4096)).then(() => true, () => true);
    for (let isOver = false; !isOver && taken < MOST_OF_HEAD;) {
      taken += await conn.write(more).catch(() => MOST_OF_HEAD);
      isOver = await Promise.race([ended, Deno.stat(".").then(() => false)]);
      if (isOver) return taken;
    }
    return taken;
  };
  const floods = Promise.all([1, 2, 3, 4].map(flood));
  const { code, stderr } = await runClient(["login", address, "--name", "x", "--dir", folder.path]);
  strictEqual(code, 0, stderr);
  for (const taken of await floods) ok(taken < MOST_OF_HEAD, `${taken} bytes of a head were taken`);
});
