import assert from "node:assert/strict";

import { type TemporaryFolder, temporaryFolder } from "../peers/temporary_folder.ts";
import { onOwnPort } from "../peers/own_port.ts";
import { HAS_POSTGRESQL, NO_POSTGRESQL, type TestDatabase } from "./postgresql.ts";

/** Where Debian has PgBouncer. */
const PROGRAM = "/usr/sbin/pgbouncer";

const isInstalled = await Deno.stat(PROGRAM).then(() => true, () => false);

/** What a title says of a test that cannot run, for lack of PostgreSQL or PgBouncer. */
export const NO_POOLER: string = HAS_POSTGRESQL
  ? isInstalled ? "" : " (ignored: no pgbouncer)"
  : NO_POSTGRESQL;

/** What a session of ours sets at its start. */
const SET = ["statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"] as const;

interface PoolerOptions {
  readonly mode: "transaction" | "session";
  readonly ignores?: readonly string[];
}

/** A PgBouncer on loopback, in front of a PostgreSQL there. */
export class Pooler implements AsyncDisposable {
  readonly #port: number;
  readonly #folder: TemporaryFolder;
  readonly #child: Deno.ChildProcess;
  readonly #said: ReadableStreamDefaultReader<string>;

  private constructor(
    port: number,
    { folder, child, said }: {
      readonly folder: TemporaryFolder;
      readonly child: Deno.ChildProcess;
      readonly said: ReadableStreamDefaultReader<string>;
    },
  ) {
    this.#port = port;
    this.#folder = folder;
    this.#child = child;
    this.#said = said;
  }

  /** Starts one, and waits until it listens. `ignores`: what sessions may set at their start. */
  static start(to: number, options: PoolerOptions): Promise<Pooler> {
    return onOwnPort((port) => Pooler.#startAt(port, { to, ...options }));
  }

  static async #startAt(
    port: number,
    { to, mode, ignores = SET }: PoolerOptions & { readonly to: number },
  ): Promise<Pooler> {
    await using resources = new AsyncDisposableStack();
    const folder = resources.use(await temporaryFolder());
    const config = `${folder.path}/pgbouncer.ini`;
    await Deno.writeTextFile(
      config,
      `[databases]\n* = host=127.0.0.1 port=${to} user=postgres\n` +
        `[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = ${port}\nauth_type = any\n` +
        `pool_mode = ${mode}\nunix_socket_dir =\n` +
        `ignore_startup_parameters = ${["extra_float_digits", ...ignores].join(",")}\n`,
    );
    await Deno.chmod(folder.path, 0o755);
    const child = new Deno.Command("sh", {
      args: [
        "-c",
        'if [ "$(id -u)" -eq 0 ]; then exec setpriv --reuid=postgres --regid=postgres ' +
        `--clear-groups ${PROGRAM} "$0"; else exec ${PROGRAM} "$0"; fi`,
        config,
      ],
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    const said = child.stderr.pipeThrough(new TextDecoderStream()).getReader();
    for (let text = ""; !text.includes("process up");) {
      const { value, done } = await said.read();
      if (done) await child.status;
      assert(!done, text);
      text += value;
    }
    resources.move();
    return new Pooler(port, { folder, child, said });
  }

  /** The address of a database of the PostgreSQL, by way of this. */
  url({ name }: Pick<TestDatabase, "name">): string {
    return `postgres://postgres@127.0.0.1:${this.#port}/${name}?sslmode=disable`;
  }

  /** Ends it. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGTERM");
    while (!(await this.#said.read()).done);
    await this.#child.status;
    await this.#folder[Symbol.asyncDispose]();
  }
}
