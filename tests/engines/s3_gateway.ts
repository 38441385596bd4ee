import { fileURLToPath } from "node:url";
import { onOwnPort } from "../peers/own_port.ts";

/** The keys of the gateway's user. */
export const GATEWAY_KEYS = { accessKeyId: "AKTEST", secretAccessKey: "SKTEST" } as const;

/** Milliseconds that a start of the cluster, or a restart of its gateway, may take. */
const START_LIMIT = 180_000;

const SCRIPT = fileURLToPath(new URL("ceph.sh", import.meta.url));

const isInstalled = await (async () => {
  for (const program of ["radosgw", "ceph-mon", "ceph-osd", "ceph", "radosgw-admin"]) {
    const places = ["/usr/bin", "/usr/sbin", "/usr/local/bin"].map((at) => `${at}/${program}`);
    const found = await Promise.all(
      places.map((path) => Deno.stat(path).then(() => true, () => false)),
    );
    if (!found.includes(true)) return false;
  }
  return true;
})();

/** What a title says of a test that cannot run, for lack of a Ceph. */
export const NO_GATEWAY: string = isInstalled ? "" : " (ignored: no Ceph gateway)";

/** Where the objects of a gateway are: in memory, or on the disk, where they outlive a crash. */
export type ObjectStore = "memstore" | "bluestore";

/** A Ceph object gateway (S3) on loopback, with an object store behind it. */
export class S3Gateway implements AsyncDisposable {
  /** Where it answers, as `http://127.0.0.1:PORT`. */
  readonly endpoint: string;
  readonly #folder: string;
  readonly #child: Deno.ChildProcess;
  readonly #commands: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #lines: AsyncIterator<string>;

  private constructor(
    folder: string,
    { store, port, monitor }: {
      readonly store: ObjectStore;
      readonly port: number;
      readonly monitor: number;
    },
  ) {
    this.#folder = folder;
    this.endpoint = `http://127.0.0.1:${port}`;
    this.#child = new Deno.Command("bash", {
      args: [SCRIPT, folder, `${port}`, `${monitor}`, store],
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    this.#commands = this.#child.stdin.getWriter();
    this.#lines = linesOf(this.#child.stdout);
  }

  /** Starts a cluster in a temporary folder. Takes some 15 s. */
  static start(store: ObjectStore = "memstore"): Promise<S3Gateway> {
    return onOwnPort((port) =>
      onOwnPort((monitor) => S3Gateway.#startAt({ store, port, monitor }))
    );
  }

  static async #startAt(
    at: { readonly store: ObjectStore; readonly port: number; readonly monitor: number },
  ): Promise<S3Gateway> {
    const folder = await Deno.makeTempDir({ prefix: "sealpost-s3-" });
    const gateway = new S3Gateway(folder, at);
    try {
      await gateway.#expect("ready");
      return gateway;
    } catch (error) {
      await gateway[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Ends the gateway as a crash would. What it has confirmed stays in the object store. */
  async kill(): Promise<void> {
    await this.#say("kill");
    await this.#expect("killed");
  }

  /** Starts the gateway again after `kill()`. */
  async restart(): Promise<void> {
    await this.#say("start");
    await this.#expect("started");
  }

  /** Ends the store of objects as a crash would, and starts it again. Needs `bluestore`. */
  async restartStore(): Promise<void> {
    await this.#say("kill-store");
    await this.#expect("killed");
    await this.#say("start-store");
    await this.#expect("started");
  }

  /** Ends the cluster and removes its files. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#commands.close().catch(() => {});
    await this.#child.status;
    await this.#lines.return?.();
    await Deno.remove(this.#folder, { recursive: true });
  }

  async #say(command: string): Promise<void> {
    await this.#commands.write(new TextEncoder().encode(`${command}\n`));
  }

  async #expect(line: string): Promise<void> {
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(
      () => late.reject(new Error(`The gateway took more than ${START_LIMIT} ms`)),
      START_LIMIT,
    );
    try {
      const { value } = await Promise.race([this.#lines.next(), late.promise]);
      if (value !== line) throw new Error(`The gateway said ${JSON.stringify(value)}`);
    } finally {
      clearTimeout(timer);
    }
  }
}

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string, void> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const bytes of stream) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
}
