import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";

const SCRIPT = fileURLToPath(new URL("start_haproxy.sh", import.meta.url));

/** Whether an HAProxy can be started here. */
export const HAS_HAPROXY: boolean = await isThere("/usr/sbin/haproxy");

/** What the title of a test that needs HAProxy ends with where there is none. */
export const NO_HAPROXY: string = HAS_HAPROXY ? "" : " (ignored: no HAProxy)";

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
   * Starts one in front of servers at `HOST:PORT`, as docs/operations.md has it: a client of
   * protocol 3 comes to the same server each time, all others to any.
   */
  static async start(servers: readonly string[]): Promise<Haproxy> {
    const port = freePort();
    const config = await Deno.makeTempFile({ prefix: "sealpost_haproxy_", suffix: ".cfg" });
    await Deno.writeTextFile(config, configuration(port, servers));
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

function configuration(port: number, servers: readonly string[]): string {
  const backend = servers.map((address, index) =>
    `  server s${index} ${address} check inter 200 send-proxy-v2 check-send-proxy\n`
  ).join("");
  return `global
  maxconn 1000
defaults
  mode tcp
  timeout connect 5s
  timeout client 60s
  timeout server 60s
frontend sealpost
  bind 127.0.0.1:${port}
  tcp-request inspect-delay 5s
  tcp-request content set-var(sess.tls) bool(true) if { req.ssl_hello_type 1 }
  tcp-request content accept if { var(sess.tls) -m bool }
  tcp-request content set-var(sess.id) req.payload(0,16),hex if { req.len ge 16 }
  tcp-request content accept if { req.len ge 16 }
  use_backend any if { var(sess.tls) -m bool }
  use_backend any if { var(sess.id) -m str 00000000000000000000000000000000 }
  default_backend by_client
backend any
  balance roundrobin
${backend}backend by_client
  balance hash var(sess.id)
  hash-type consistent
${backend}`;
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

function isThere(path: string): Promise<boolean> {
  return Deno.stat(path).then(() => true, () => false);
}
