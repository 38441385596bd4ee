/**
 * Connections that are reset before they are accepted, as a port scan makes them: who else waits.
 */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { temporaryFolder } from "../../../server/storage/testing/temporary_folder.ts";
import { parseAddress } from "../../../shared/text/address.ts";
import { median } from "../../../bench/transfers/timed.ts";
import { Lines } from "../../end_to_end/fixtures/lines.ts";
import { ConnectedClient } from "../../peers/connected_client.ts";
import { ON_LOOPBACK, RunningServer } from "../../end_to_end/fixtures/running_server.ts";
import { isInstalled } from "../../end_to_end/fixtures/tool.ts";

const SCRIPT = fileURLToPath(
  new URL("../../end_to_end/fixtures/reset_connections.py", import.meta.url),
);

/** Connections that are reset, a second. */
const RATE = 500;

/** Honest clients of which each is timed. */
const CLIENTS = 12;

const python = Deno.build.os !== "windows" && await isInstalled("python3");

Deno.test({
  name: `${RATE} connections a second that are reset keep nobody out` +
    (python ? "" : " (ignored: no python3)"),
  ignore: !python,
  async fn() {
    await using data = await temporaryFolder();
    await using server = await RunningServer.start(data.path, {
      args: [...ON_LOOPBACK, "--log-format", "json"],
    });
    const usual = await timesOfClients(server.address, "usual");
    const { port } = parseAddress(server.address);
    const storm = new Deno.Command("python3", {
      args: [SCRIPT, String(port), String(RATE)],
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    const said = new Lines(storm.stdout);
    await said.find(/begun/);
    const amid = await timesOfClients(server.address, "amid");
    await storm.stdin.close();
    await said.done;
    assert((await storm.status).success);
    const [, count] = await said.first(2);

    const told = `usual ${usual.map(Math.round)}, amid ${amid.map(Math.round)} ms`;
    assert(median(amid) < median(usual) + 1_000, told);
    assert(Math.max(...amid) < 10_000, told);
    const { code, stderr } = await server.stop();
    assert.equal(code, 0);
    const lines = stderr.trimEnd().split("\n").map((line) => JSON.parse(line));
    assert.deepEqual(lines.filter(({ level }) => level === "ERROR"), []);
    const { connections = 0, "connections-gone": gone = 0 } = lines.at(-1);
    assert.equal(connections + gone, 2 * CLIENTS + Number(count));
    assert(gone > 0, "Some were reset before they were accepted");
  },
});

/** Milliseconds from the connection to the key, of one client after the other. */
async function timesOfClients(address: string, name: string): Promise<readonly number[]> {
  const times: number[] = [];
  for (let count = 0; count < CLIENTS; count++) {
    const begun = performance.now();
    using _client = await ConnectedClient.introduced(address, `${name} ${count}`);
    times.push(performance.now() - begun);
  }
  return times;
}
