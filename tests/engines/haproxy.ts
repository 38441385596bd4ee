import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { onOwnPort } from "../peers/own_port.ts";

const DOCUMENT = new URL("../../docs/scale.md", import.meta.url);
const SCRIPT = fileURLToPath(new URL("start_haproxy.sh", import.meta.url));

/** Whether an HAProxy can be started here. */
export const HAS_HAPROXY: boolean = await isThere("/usr/sbin/haproxy");

/** What the title of a test that needs HAProxy ends with where there is none. */
export const NO_HAPROXY: string = HAS_HAPROXY ? "" : " (ignored: no HAProxy)";

/**
 * Milliseconds between two checks of a server, which is also what one may take: on a busy machine
 * it is not to be taken for down, and its clients are not to be sent to another one.
 */
const INTER = 20_000;

/** An HAProxy on loopback in front of servers. It ends when it is disposed of. */
export class Haproxy implements AsyncDisposable {
  /** Its port on 127.0.0.1. */
  readonly port: number;
  readonly #config: string;
  readonly #child: Deno.ChildProcess;

  private constructor(port: number, config: string, child: Deno.ChildProcess) {
    this.port = port;
    this.#config = config;
    this.#child = child;
  }

  /**
   * Starts one in front of one or two servers at `HOST:PORT`, with the configuration of
   * docs/scale.md: a client of protocol 3 comes to the same server each time, all others to any.
   */
  static start(servers: readonly string[]): Promise<Haproxy> {
    return onOwnPort((port) => Haproxy.#startAt(port, servers));
  }

  static async #startAt(port: number, servers: readonly string[]): Promise<Haproxy> {
    const config = await Deno.makeTempFile({ prefix: "sealpost_haproxy_", suffix: ".cfg" });
    await Deno.writeTextFile(config, await configuration(port, servers));
    const child = new Deno.Command("bash", {
      args: [SCRIPT, config, `${port}`],
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const said = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    const { value } = await said.read();
    await said.cancel();
    if (value?.startsWith("ready")) {
      await child.stderr.cancel();
      return new Haproxy(port, config, child);
    }
    const stderr = await new Response(child.stderr).text();
    await child.stdin.close();
    await child.status;
    throw new assert.AssertionError({ message: `HAProxy did not start: ${stderr}` });
  }

  /** Stops it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#child.stdin.close();
    await this.#child.status;
    await Deno.remove(this.#config);
  }
}

/** The configuration of docs/scale.md, with the port and the servers of a test. */
async function configuration(port: number, servers: readonly string[]): Promise<string> {
  const [, written] = /```haproxy\n(.*?)```/s.exec(await Deno.readTextFile(DOCUMENT)) ?? [];
  assert(written !== undefined, "docs/scale.md has a configuration");
  let next = 0;
  return written
    .replace("bind :1256", `bind 127.0.0.1:${port}`)
    // Nothing that the tests send is to wait for it.
    .replace("inspect-delay 5s", "inspect-delay 10m")
    .replaceAll(/^ {2}server \w+ \S+ check(.*)$/gm, (_, flags) => {
      const address = servers[next++ % 2];
      return address === undefined
        ? ""
        : `  server s${next} ${address} check inter ${INTER}${flags}`;
    });
}

function isThere(path: string): Promise<boolean> {
  return Deno.stat(path).then(() => true, () => false);
}
