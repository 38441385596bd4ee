/**
 * Connections that are reset before they are accepted, as a port scan makes them: who else waits.
 */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { temporaryFolder } from "../../peers/temporary_folder.ts";
import { parseAddress } from "../../../shared/text/address.ts";
import { median } from "../../../bench/transfers/timed.ts";
import { Lines } from "../../end_to_end/fixtures/lines.ts";
import { ConnectedClient } from "../../peers/connected_client.ts";
import { ON_LOOPBACK, RunningServer } from "../../end_to_end/fixtures/running_server.ts";
import { HAS_PYTHON, NO_PYTHON, python } from "../../end_to_end/fixtures/python.ts";

const SCRIPT = fileURLToPath(
  new URL("../../end_to_end/fixtures/reset_connections.py", import.meta.url),
);

/** Connections that are reset, a second. */
const RATE = 500;

/** Honest clients of which each is timed. */
const CLIENTS = 12;

/** Measurements: a server that keeps others waiting fails in each, a busy machine in some. */
const TRIES = 6;

Deno.test({
  name: `${RATE} connections a second that are reset keep nobody out` +
    NO_PYTHON,
  ignore: !HAS_PYTHON,
  async fn() {
    await using data = await temporaryFolder();
    await using server = await RunningServer.start(data.path, {
      args: [...ON_LOOPBACK, "--log-format", "json"],
    });
    const told: string[] = [];
    let [resets, clients, held] = [0, 0, false];
    for (let tries = 0; tries < TRIES && !held; tries++) {
      const usual = await timesOfClients(server.address, `usual ${tries}`);
      const storm = await Storm.begin(server.address);
      const amid = await timesOfClients(server.address, `amid ${tries}`);
      resets += await storm.end();
      clients += usual.length + amid.length;
      held = median(amid) < median(usual) + 1_000 && Math.max(...amid) < 10_000;
      told.push(`usual ${usual.map(Math.round)}, amid ${amid.map(Math.round)} ms`);
    }
    assert(held, told.join("; "));
    const { code, stderr } = await server.stop();
    assert.equal(code, 0);
    const lines = stderr.trimEnd().split("\n").map((line) => JSON.parse(line));
    assert.deepEqual(lines.filter(({ level }) => level === "ERROR"), []);
    const { connections = 0, "connections-gone": gone = 0 } = lines.at(-1);
    assert.equal(connections + gone, clients + resets);
    assert(gone > 0, "Some were reset before they were accepted");
  },
});

/** A program that makes connections and resets them. */
class Storm {
  readonly #child: Deno.ChildProcess;
  readonly #said: Lines;

  private constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.#said = new Lines(child.stdout);
  }

  /** Begins; resolves when the first connection was reset. */
  static async begin(address: string): Promise<Storm> {
    const { port } = parseAddress(address);
    const command = python([SCRIPT, String(port), String(RATE)], {
      stdin: "piped",
      stdout: "piped",
    });
    const storm = new Storm(command.spawn());
    await storm.#said.find(/begun/);
    return storm;
  }

  /** Ends it; how many connections it made. */
  async end(): Promise<number> {
    await this.#child.stdin.close();
    await this.#said.done;
    assert((await this.#child.status).success);
    const [, count] = await this.#said.first(2);
    return Number(count);
  }
}

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
