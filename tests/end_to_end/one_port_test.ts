/** Protocols 3 and 4 on one port of a whole server, with curl as a client that is not ours. */

import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { temporaryFolder } from "../peers/temporary_folder.ts";
import { ConnectedClient } from "../peers/connected_client.ts";
import { certificateForTests } from "../web/certificate_for_tests.ts";
import { ask } from "../web/http_exchange.ts";
import { ON_LOOPBACK, RunningServer } from "./fixtures/running_server.ts";
import { seededBytes } from "./fixtures/seeded_bytes.ts";
import { isInstalled, runTool } from "./fixtures/tool.ts";

const ignore = !await isInstalled("curl");

/** Starts a server in this process, and returns it with the key that it prints. */
async function started(data: string, args: readonly string[] = []) {
  const server = await RunningServer.here(data, { args: [...ON_LOOPBACK, ...args] });
  const printed = await server.printed(/^sealpost:/);
  const [, place = "", key = ""] = /^sealpost:\/\/(.*)\/#(.{44})$/.exec(printed) ?? [];
  return { server, place, key };
}

/** What curl gets from a server whose certificate it does not know. */
async function curl(...args: readonly string[]) {
  return await runTool("curl", ["-sk", ...args]);
}

Deno.test({
  name: "a server speaks protocols 3 and 4 on one port, and tells its key in the clear",
  ignore,
  async fn() {
    await using folder = await temporaryFolder();
    const { server, place, key } = await started(join(folder.path, "data"));
    await using _server = server;
    strictEqual(place, server.address);
    const { stdout } = await curl(`https://${server.address}/v4`);
    strictEqual(JSON.parse(stdout).key, key);
    const clear = await ask(server.address, "/v4/key");
    strictEqual(JSON.parse(clear.text).key, key);
    // The pin of curl is the key that was told.
    const spki = Uint8Array.fromBase64(JSON.parse(clear.text).spki);
    const pin = new Uint8Array(await crypto.subtle.digest("SHA-256", spki)).toBase64();
    const pinned = ["--pinnedpubkey", `sha256//${pin}`, `https://${server.address}/v4`];
    strictEqual((await curl(...pinned)).code, 0);
    using client = await ConnectedClient.introduced(server.address, "Alice");
    await client.send(await client.fileRequest("a.bin", seededBytes(1, 1_000)));
    strictEqual((await client.reply()).kind, "fileReceived");
    strictEqual((await client.confirm("a.bin")).kind, "acknowledged");
    // The key is the same after another start.
    strictEqual((await server.stop()).code, 0);
    const again = await started(join(folder.path, "data"));
    await using _again = again.server;
    strictEqual(again.key, key);
  },
});

Deno.test({
  name: "a server redirects clear requests to its configured name only, and revokes tokens",
  ignore,
  async fn() {
    await using folder = await temporaryFolder();
    const { server, place } = await started(folder.path, ["--hostname", "Files.Example"]);
    await using _server = server;
    const port = server.address.split(":").at(-1);
    strictEqual(place, `files.example:${port}`);
    const { status, headers } = await ask(server.address, "/a?b", {
      headers: { host: "evil.example" },
    });
    deepStrictEqual([status, headers["location"]], [307, `https://files.example:${port}/a?b`]);
    const { status: refused, text } = await ask(server.address, "/v4/key", {
      headers: { authorization: "Bearer secret" },
    });
    strictEqual(refused, 400);
    match(text, /holds no longer/);
    match(await server.logged(/token-in-clear/), /127\.0\.0\.1/);
  },
});

Deno.test({
  name: "--protocols and --listen narrow what a port speaks",
  ignore,
  async fn() {
    await using folder = await temporaryFolder();
    await using server = await RunningServer.here(folder.path, {
      args: ["--listen", "127.0.0.1:0", "--listen", "127.0.0.1:0=4", "--protocols", "3"],
      listeners: 2,
    });
    const [three = "", four = ""] = server.addresses;
    match(await server.printed(/^sealpost:/), new RegExp(`:${four.split(":").at(-1)}/#`));
    using _client = await ConnectedClient.introduced(three, "Alice");
    ok((await curl(`https://${three}/v4`)).code !== 0);
    strictEqual((await curl(`https://${four}/v4`)).code, 0);
    strictEqual((await ask(four, "/v4/key")).status, 200);
    await ConnectedClient.introduced(four, "Bob").then(() => ok(false), () => {});
    await server.logged(/What came is not TLS/);
  },
});

Deno.test({
  name: "an address is banned over protocol 4 by its own address, not that of the server inside",
  ignore: ignore || Deno.build.os !== "linux",
  async fn() {
    await using folder = await temporaryFolder();
    const { server } = await started(folder.path, ["--limit-loopback", "--max-failures", "3"]);
    await using _server = server;
    const from = (address: string, token: string) =>
      curl(
        ...["--interface", address, "-H", `Authorization: Bearer ${token}`, "-w", "%{http_code}"],
        `https://${server.address}/v4/files/?list`,
      );
    for (let time = 0; time < 3; time++) match((await from("127.0.0.9", "x")).stdout, /401$/);
    // The answer to the failure that leads to the ban may come, or be cut off with the connection.
    await from("127.0.0.9", "x");
    ok((await from("127.0.0.9", "x")).code !== 0);
    match((await from("127.0.0.8", "x")).stdout, /401$/);
    await server.logged(/Banned '127\.0\.0\.9'/);
  },
});

Deno.test({
  name: "a server has the certificate of a CA for its other names, and its own for its key's",
  ignore,
  async fn() {
    await using folder = await temporaryFolder();
    const [certificate, key] = [join(folder.path, "c.pem"), join(folder.path, "k.pem")];
    const ca = await certificateForTests();
    await Deno.writeTextFile(certificate, ca.cert);
    await Deno.writeTextFile(key, ca.key);
    const { server } = await started(join(folder.path, "data"), [
      ...["--certificate", certificate, "--key", key],
    ]);
    await using _server = server;
    const port = server.address.split(":").at(-1);
    const trusted = await runTool("curl", [
      ...["-s", "--cacert", certificate, "--resolve", `localhost:${port}:127.0.0.1`],
      `https://localhost:${port}/v4`,
    ]);
    strictEqual(trusted.code, 0, trusted.stderr);
    // Without a name, and with that of the key, the certificate is another one.
    for (const name of ["127.0.0.1", "a.sealpost.invalid"]) {
      const { code } = await runTool("curl", [
        ...["-s", "--cacert", certificate, "--resolve", `${name}:${port}:127.0.0.1`],
        `https://${name}:${port}/v4`,
      ]);
      strictEqual(code, 60, name);
    }
  },
});
