/** No kind of request costs the server more than two milliseconds of processor time. */

import { deepStrictEqual } from "node:assert/strict";
import { temporaryFolder } from "../peers/temporary_folder.ts";
import { joined } from "../kernel/golden_vectors.ts";
import { SocketLink } from "../peers/socket_link.ts";
import { TestClient } from "../peers/test_client.ts";
import { REQUEST_KINDS, type RequestMaker } from "./request_kinds.ts";

/** Milliseconds that a request of any kind may cost. */
const MOST = 2;

/** Measurements of a kind that seems too expensive, since other programs prolong it. */
const TRIES = 12;

const ROOT = new URL("../../", import.meta.url);

/** A server in a process of its own. */
class ServerProcess implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly port: number;

  private constructor(child: Deno.ChildProcess, port: number) {
    this.#child = child;
    this.port = port;
  }

  static async start(data: string): Promise<ServerProcess> {
    const child = new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", "--no-prompt", "--allow-net=127.0.0.1", "--allow-read", "--allow-write"],
        ...["--allow-sys=statfs", "--allow-env", "server/main.ts", "--host", "127.0.0.1"],
        ...["--port", "0", "--data", data, "--max-names-per-hour", "none"],
      ],
      cwd: ROOT,
      stdout: "piped",
      stderr: "null",
    }).spawn();
    let told = "";
    for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
      told += text;
      const port = /:(\d+)\n/.exec(told)?.[1];
      if (port !== undefined) return new ServerProcess(child, Number(port));
    }
    throw new Error(`The server did not start: ${told}`);
  }

  /** Milliseconds of processor time that it has used, in all threads. */
  async used(): Promise<number> {
    // The runtime lets only programs with all rights read this file.
    const args = ["-c", `read -r stat < /proc/${this.#child.pid}/stat && echo "$stat"`];
    const { stdout } = await new Deno.Command("sh", { args }).output();
    const fields = new TextDecoder().decode(stdout).split(") ")[1]?.split(" ") ?? [];
    return (Number(fields[11]) + Number(fields[12])) * 10;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#child.status;
  }
}

/** Returns the milliseconds of the server that a request of a kind takes, of so many. */
async function costOf(
  make: RequestMaker,
  { server, count }: { readonly server: ServerProcess; readonly count: number },
): Promise<number> {
  using line = await SocketLink.connect({ host: "127.0.0.1", port: server.port });
  const client = new TestClient(line, { name: `${Math.random()}` });
  await client.introduce();
  const requests: Uint8Array[] = [];
  for (let at = 0; at < count; at++) requests.push(...await make(client, at));
  const begun = await server.used();
  const sent = client.send(joined(requests)).then(() => line.endSending());
  while (await client.receive() !== undefined);
  await sent;
  return (await server.used() - begun) / requests.length;
}

/**
 * Declares a test that measures one kind in `oneIn`, by so many requests, or files: processor time
 * comes in ticks of 10 ms.
 */
export function testCostOfRequests(
  { count, oneIn = 1 }: { readonly count: number; readonly oneIn?: number },
): void {
  Deno.test({
    name: "a request of any kind costs the server at most two milliseconds",
    ignore: Deno.build.os !== "linux",
    async fn() {
      await using folder = await temporaryFolder();
      await using server = await ServerProcess.start(`${folder.path}/data`);
      const kinds = Object.entries(REQUEST_KINDS).filter((_, at) => at % oneIn === 0);
      const costs = kinds.map(([kind, make]) => ({ kind, make, least: Infinity }));
      const over = () => costs.filter(({ least }) => least > MOST);
      for (let round = 0; round < TRIES && over().length > 0; round++) {
        for (const one of over()) {
          one.least = Math.min(one.least, await costOf(one.make, { server, count }));
        }
      }
      deepStrictEqual(over().map(({ kind, least }) => `${kind}: ${least} ms`), []);
    },
  });
}
