/** A server behind a real HAProxy: clients keep their addresses, health checks are no faults. */

import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { parseAddress } from "../../../shared/text/address.ts";
import { temporaryFolder } from "../../peers/temporary_folder.ts";
import { ON_LOOPBACK, RunningServer } from "../../end_to_end/fixtures/running_server.ts";
import { seededBytes } from "../../end_to_end/fixtures/seeded_bytes.ts";
import { runTool } from "../../end_to_end/fixtures/tool.ts";
import { Haproxy, HAS_HAPROXY, NO_HAPROXY } from "../../engines/haproxy.ts";
import { ConnectedClient } from "../../peers/connected_client.ts";
import { SocketLink } from "../../peers/socket_link.ts";
import { connectTo, writeAll } from "../../web/http_exchange.ts";

/** Flags of a server that trusts the balancer of these tests. */
const BEHIND = [...ON_LOOPBACK, "--proxy-protocol-from", "127.0.0.1"];

/** The code of a reconnection, as it is sent. */
const RECONNECT = [0x03, 0x04] as const;

Deno.test({
  name: `both protocols come through HAProxy, each client by its own address${NO_HAPROXY}`,
  ignore: !HAS_HAPROXY,
  async fn() {
    await using folder = await temporaryFolder();
    const data = join(folder.path, "data");
    await using server = await RunningServer.start(data, { args: BEHIND });
    await using proxy = await Haproxy.start([server.address]);
    const address = `127.0.0.1:${proxy.port}`;
    {
      using client = await ConnectedClient.introduced(address, "Alice");
      await client.send(await client.fileRequest("a.bin", seededBytes(1, 100_000)));
      strictEqual((await client.reply()).kind, "fileReceived");
      strictEqual((await client.confirm("a.bin")).kind, "acknowledged");
    }
    const from = ["-sk", "--interface", "127.0.0.9", "-H", "Authorization: Bearer none"];
    await runTool("curl", [...from, `https://${address}/v4/files/`]);
    const { code, stdout } = await runTool("curl", ["-sk", `https://${address}/v4`]);
    deepStrictEqual([code, JSON.parse(stdout).versions], [0, [4]]);
    const { stderr } = await server.stop();
    match(stderr, /127\.0\.0\.1 \S+: 'Alice' registered/);
    // A health check came, and there is a line of the refusal alone.
    const warnings = stderr.split("\n").filter((line) => line.includes("warning"));
    strictEqual(warnings.length, 1, stderr);
    match(warnings[0] ?? "", /127\.0\.0\.9: Refused/);
  },
});

Deno.test({
  name: `a client that connects for each request comes to one of two servers${NO_HAPROXY}`,
  ignore: !HAS_HAPROXY,
  async fn() {
    await using folder = await temporaryFolder();
    const start = (name: string) => RunningServer.start(join(folder.path, name), { args: BEHIND });
    await using one = await start("one");
    await using two = await start("two");
    await using proxy = await Haproxy.start([one.address, two.address]);
    // Each has clients of its own here: the balancer sends one back where it is known, or not.
    const address = `127.0.0.1:${proxy.port}`;
    const met = new Set<boolean>();
    for (let at = 0; at < 16; at++) {
      using first = await ConnectedClient.introduced(address, `Client ${at}`);
      const known: boolean[] = [];
      for (let time = 0; time < 3; time++) {
        const line = await SocketLink.connect(parseAddress(address));
        known.push((await first.over(line).reconnect())?.kind === "reconnectAccepted");
        line.close();
      }
      ok(known.every((one) => one === known[0]), `${known}`);
      met.add(known[0] ?? false);
    }
    // Some came back to the server where they registered, others to the other one: by their ids.
    strictEqual(met.size, 2);
  },
});

Deno.test({
  name: `a request goes on at once, whatever its id begins with${NO_HAPROXY}`,
  ignore: !HAS_HAPROXY,
  async fn() {
    await using folder = await temporaryFolder();
    await using server = await RunningServer.start(join(folder.path, "data"), { args: BEHIND });
    await using proxy = await Haproxy.start([server.address]);
    // Records of TLS begin with 20 to 23, those of SSL 2 with 128 and more.
    for (const first of [20, 21, 22, 23, 128, 255]) {
      using conn = await connectTo(`127.0.0.1:${proxy.port}`);
      const id = Uint8Array.of(first, ...seededBytes(first, 15));
      // Version 3, the name of who comes back, 255 bytes.
      await writeAll(conn, Uint8Array.of(...id, 3, ...RECONNECT, 255, 0, 0, 0, 65));
      await writeAll(conn, new Uint8Array(254));
      ok(await conn.read(new Uint8Array(1)));
    }
  },
});
