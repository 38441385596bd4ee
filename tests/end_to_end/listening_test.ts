/**
 * Where a server listens: over which address families, and what it makes of variables and hosts.
 */

import assert from "node:assert/strict";
import { join } from "node:path";
import { temporaryFolder } from "../peers/temporary_folder.ts";
import { assertComplains } from "./fixtures/complaint.ts";
import { runClient, runProgram } from "./fixtures/in_process.ts";
import { ConnectedClient } from "../peers/connected_client.ts";
import { RunningServer } from "./fixtures/running_server.ts";

const hasIPv6 = listensOnIPv6();

Deno.test({
  name: "A server listens over IPv6 and IPv4 unless told otherwise, and limits count IPv4 as such" +
    (hasIPv6 ? "" : " (ignored: there is no IPv6)"),
  ignore: !hasIPv6,
  async fn() {
    await using data = await temporaryFolder();
    const args = ["--port", "0", "--limit-loopback", "--max-names-per-hour", "2"];
    // As a process: the tests themselves may not listen on all addresses.
    await using server = await RunningServer.start(data.path, {
      args: [...args, "--log-level", "debug"],
      listeners: 2,
    });
    const [ipv4 = "", ipv6 = ""] = server.addresses;
    const port = /^0\.0\.0\.0:(\d+)$/.exec(ipv4)?.[1] ?? "";
    assert.equal(ipv6, `[::]:${port}`);
    using _first = await ConnectedClient.introduced(`127.0.0.1:${port}`, "First");
    using _second = await ConnectedClient.introduced(`127.0.0.1:${port}`, "Second");
    assert.match(await server.logged(/Connected from/), /#1 127\.0\.0\.1: Connected from port \d+/);
    // Of the other family, and so another address.
    using _third = await ConnectedClient.introduced(`[::1]:${port}`, "Third");
    await assert.rejects(ConnectedClient.introduced(`127.0.0.1:${port}`, "Fourth"));
  },
});

Deno.test("A server ignores Kubernetes' variables for a service named sealpost", async () => {
  await using folder = await temporaryFolder();
  const portFile = join(folder.path, "port.info");
  {
    // A port that is free, most probably also in a moment.
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    await Deno.writeTextFile(portFile, String(listener.addr.port));
  }
  await using server = await RunningServer.here(join(folder.path, "data"), {
    args: ["--host", "127.0.0.1", "--port-file", portFile],
    env: {
      SEALPOST_SERVICE_HOST: "10.0.0.7",
      SEALPOST_SERVICE_PORT: "1256",
      SEALPOST_PORT: "tcp://10.0.0.7:1256",
      SEALPOST_PORT_1256_TCP: "tcp://10.0.0.7:1256",
      SEALPOST_PORT_1256_TCP_PROTO: "tcp",
      SEALPOST_PORT_1256_TCP_PORT: "1256",
      SEALPOST_PORT_1256_TCP_ADDR: "10.0.0.7",
    },
  });
  assert.equal(server.address, `127.0.0.1:${await Deno.readTextFile(portFile)}`);
  assert.match(await server.logged(/Ignored/), /SEALPOST_PORT.*tcp:\/\/10\.0\.0\.7:1256.*--port/);
});

Deno.test("Both programs refuse hosts that they could not reach at once, and say why", async () => {
  await using folder = await temporaryFolder();
  const data = ["--data", join(folder.path, "data")];
  const zone = /"fe80::1%eth0" names a network interface, "eth0", which is not supported/;
  const name = /has characters that the DNS does not know; write it as "xn--mnchen-3ya\.example"/;
  const servers = [
    [["--host", "fe80::1%eth0"], zone],
    [["--host", "[fe80::1%eth0]"], zone],
    [["--listen", "[fe80::1%eth0]:1256"], zone],
    [["--http", "[fe80::1%eth0]:8256"], zone],
    [["--host", "münchen.example"], name],
    [["--listen", "münchen.example:1256=2023c"], name],
  ] as const;
  await Deno.writeTextFile(join(folder.path, "a.txt"), "text");
  const file = ["--dir", folder.path, "--name", "Me", join(folder.path, "a.txt")];
  const clients = [["[fe80::1%eth0]:1256", zone], ["münchen.example:1256", name]] as const;
  await Promise.all([
    ...servers.map(async ([args, says]) => {
      assertComplains(await runProgram("server", [...data, ...args]), { code: 2, says });
    }),
    ...clients.map(async ([server, says]) => {
      assertComplains(await runClient(["--server", server, ...file]), { code: 2, says });
    }),
  ]);
  await Deno.writeTextFile(join(folder.path, "transfer.info"), "[fe80::1%eth0]:1256\nMe\na.txt\n");
  assertComplains(await runClient(["--dir", folder.path]), { code: 2, says: zone });
});

function listensOnIPv6(): boolean {
  try {
    Deno.listen({ hostname: "::1", port: 0 }).close();
    return true;
  } catch {
    return false;
  }
}
