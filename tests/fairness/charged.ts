/** A server that tells what it has charged to whom, and attackers of it: processes of their own. */

import { temporaryFolder } from "../peers/temporary_folder.ts";
import { Lines } from "../end_to_end/fixtures/lines.ts";
import { ROOT } from "../end_to_end/fixtures/program.ts";
import { writeReleased, writeSums } from "../web/release.ts";
import { type KindName, OFFERED } from "./kinds.ts";

/** Bytes of the file that the page offers. */
const OFFERED_SIZE = 1024 * 1024;

/** What a server has used and charged, in milliseconds of its processor time. */
export interface Charged {
  /** What is charged to an address; use counts half after ten seconds. */
  readonly charged: number;
  /** What the server has used since it was asked before. */
  readonly used: number;
}

/** A server by `charged_server.ts`. */
export class ChargedServer implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #said: Lines;
  readonly #asking: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #resources: AsyncDisposableStack;
  #ports: readonly string[] = [];
  #looks = 1;

  private constructor(child: Deno.ChildProcess, resources: AsyncDisposableStack) {
    this.#child = child;
    this.#said = new Lines(child.stdout);
    this.#asking = child.stdin.getWriter();
    this.#resources = resources;
  }

  /** Starts one, with a page that offers a file. */
  static async start(): Promise<ChargedServer> {
    const resources = new AsyncDisposableStack();
    const data = resources.use(await temporaryFolder());
    const release = resources.use(await temporaryFolder());
    const offered = new Uint8Array(OFFERED_SIZE);
    await writeSums(release.path, [await writeReleased(release.path, OFFERED, offered)]);
    const child = start("tests/fairness/charged_server.ts", data.path, release.path);
    const server = new ChargedServer(child, resources);
    const [ports = ""] = await server.#said.first(1);
    server.#ports = ports.split(" ");
    await server.look("");
    return server;
  }

  /** The port of both protocols. */
  get port(): number {
    return Number(this.#ports[0]);
  }

  /** Asks what is charged to an address. */
  async look(address: string): Promise<Charged> {
    await this.#asking.write(new TextEncoder().encode(`${address}\n`));
    const lines = await this.#said.first(++this.#looks);
    const [charged = 0, used = 0] = lines.at(-1)?.split(" ").map(Number) ?? [];
    return { charged, used };
  }

  /** Begins an attack from an address, which goes on to the end of the server. */
  attack(kind: KindName, { connections, address }: {
    readonly connections: number;
    readonly address: string;
  }): void {
    const attackers = start(
      ...["tests/fairness/attackers.ts", ...this.#ports, `${connections}`, kind, address],
    );
    const silence = new Lines(attackers.stdout);
    this.#resources.defer(() => end(attackers, silence));
  }

  /** Ends the attackers, and the server. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#asking.releaseLock();
    await using _rest = this.#resources.move();
    await end(this.#child, this.#said);
  }
}

/** A program of the project. */
function start(...args: readonly string[]): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--no-check", "-A", ...args],
    cwd: ROOT,
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
}

async function end(child: Deno.ChildProcess, stdout: Lines): Promise<void> {
  child.kill("SIGKILL");
  await child.stdin.abort().catch(() => {});
  await child.status;
  await stdout.done;
}
