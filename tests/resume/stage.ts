import assert from "node:assert/strict";
import { join } from "node:path";
import { formatAddress, parseAddress } from "../../shared/text/address.ts";
import { temporaryFolder } from "../peers/temporary_folder.ts";
import { runClient } from "../end_to_end/fixtures/in_process.ts";
import { Lines } from "../end_to_end/fixtures/lines.ts";
import { ROOT, startProgram, taskWords } from "../end_to_end/fixtures/program.ts";
import { MomentProxy } from "./moment_proxy.ts";

/** A server that can be ended at any moment and started again, and a client that is logged in. */
export class Stage implements AsyncDisposable {
  /** A folder for files. */
  readonly folder: string;
  readonly proxy: MomentProxy;
  readonly #resources: AsyncDisposableStack;
  readonly #flags: readonly string[];
  #server: Deno.ChildProcess | undefined;
  #output: Promise<unknown> = Promise.resolve();

  private constructor(
    folder: string,
    { proxy, resources, flags }: {
      readonly proxy: MomentProxy;
      readonly resources: AsyncDisposableStack;
      readonly flags: readonly string[];
    },
  ) {
    this.folder = folder;
    this.proxy = proxy;
    this.#resources = resources;
    this.#flags = flags;
  }

  /** Starts a server with these flags, and logs a client in through the proxy. */
  static async open(...flags: readonly string[]): Promise<Stage> {
    await using resources = new AsyncDisposableStack();
    const { path } = resources.use(await temporaryFolder());
    const proxy = resources.use(new MomentProxy());
    await Deno.mkdir(join(path, "config"));
    const stage = new Stage(path, { proxy, resources: resources.move(), flags });
    const printed = await stage.startServer();
    const address = printed.replace(/\/\/[^/]*/, `//${formatAddress(proxy.address)}`);
    const { code, stderr } = await stage.run("login", address, "--name", "maya");
    assert.equal(code, 0, stderr);
    return stage;
  }

  /** Starts the server on its data, at a free port; returns its address with its key. */
  async startServer(): Promise<string> {
    const words = taskWords("server").slice(1, -1);
    const main = join(ROOT, "tests/resume/counted_server/main.ts");
    const args = [join(this.folder, "received"), "--data", join(this.folder, "data")];
    this.#server = new Deno.Command(Deno.execPath(), {
      args: [...words, main, ...args, "--host", "127.0.0.1", "--port", "0", ...this.#flags],
      cwd: ROOT,
      env: { NO_COLOR: "1" },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const [stdout, stderr] = [new Lines(this.#server.stdout), new Lines(this.#server.stderr)];
    this.#output = Promise.all([stdout.done, stderr.done]);
    const listening = await stdout.find(/^listening on /);
    this.proxy.server = parseAddress(listening.replace("listening on ", ""));
    return await stdout.find(/^sealpost:/);
  }

  /** Ends the server, and waits for its end. */
  async endServer(signal: Deno.Signal): Promise<void> {
    this.#server?.kill(signal);
    await this.#server?.status;
    await this.#output;
    this.#server = undefined;
  }

  /** Bytes of bodies that the application of all servers has read. */
  get received(): number {
    const bytes = Deno.readFileSync(join(this.folder, "received"));
    return bytes.byteLength === 0 ? 0 : new DataView(bytes.buffer).getFloat64(0);
  }

  /** Starts a command of the client as a process. */
  start(command: string, ...args: readonly string[]): Deno.ChildProcess {
    return startProgram("client", [command, ...args, "--dir", join(this.folder, "config")]);
  }

  /** Runs a command of the client in this process. */
  run(command: string, ...args: readonly string[]) {
    return runClient([command, ...args, "--dir", join(this.folder, "config")]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#server !== undefined) await this.endServer("SIGTERM");
    await this.#resources.disposeAsync();
  }
}
