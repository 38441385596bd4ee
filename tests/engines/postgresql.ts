import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import postgres from "postgres";
import { onOwnPort } from "../peers/own_port.ts";

/** Where Debian has the programs of PostgreSQL, one folder for each version. */
const INSTALLED = "/usr/lib/postgresql";
const SCRIPT = fileURLToPath(new URL("start_postgresql.sh", import.meta.url));

/** Whether a PostgreSQL can be started here. */
export const HAS_POSTGRESQL: boolean = await hasPostgresql();

/** What the title of a test that needs PostgreSQL ends with where there is none. */
export const NO_POSTGRESQL: string = HAS_POSTGRESQL ? "" : " (ignored: no PostgreSQL)";

/** An empty database, which is removed when it is disposed of. */
export interface TestDatabase extends AsyncDisposable {
  /** Its address, with the user `postgres`, who needs no password. */
  readonly url: string;
  readonly name: string;
}

/**
 * A PostgreSQL on loopback, in a temporary folder, with a certificate for `localhost`. It ends with
 * this process, or when it is disposed of. The role `with_password` has the password `sesame`, and
 * the role `with_tls` is let in by TLS alone.
 */
export class Postgresql implements AsyncDisposable {
  /** Its port on 127.0.0.1. */
  readonly port: number;
  readonly #folder: string;
  readonly #child: Deno.ChildProcess;
  readonly #said: ReadableStreamDefaultReader<string>;
  readonly #commands: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #admin: postgres.Sql;
  #databases = 0;

  private constructor(
    port: number,
    { folder, child, said }: {
      readonly folder: string;
      readonly child: Deno.ChildProcess;
      readonly said: ReadableStreamDefaultReader<string>;
    },
  ) {
    this.port = port;
    this.#folder = folder;
    this.#child = child;
    this.#said = said;
    this.#commands = child.stdin.getWriter();
    this.#admin = this.connect("postgres");
  }

  /** Starts one, and waits until it answers, for 30 s at most. */
  static start(): Promise<Postgresql> {
    return onOwnPort((port) => Postgresql.#startAt(port));
  }

  static async #startAt(port: number): Promise<Postgresql> {
    const parent = await Deno.makeTempDir({ prefix: "sealpost_pg_" });
    // Others have to go through it: the user postgres.
    await Deno.chmod(parent, 0o711);
    const folder = `${parent}/engine`;
    const child = new Deno.Command("bash", {
      args: [SCRIPT, folder, `${port}`],
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const said = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    const { value } = await said.read();
    if (value?.startsWith("ready")) {
      await child.stderr.cancel();
      const started = new Postgresql(port, { folder: parent, child, said });
      await started.#addRoles();
      return started;
    }
    const stderr = await new Response(child.stderr).text();
    await child.stdin.close();
    await child.status;
    throw new assert.AssertionError({ message: `PostgreSQL did not start: ${stderr}` });
  }

  /** The path of its certificate, which is its own authority. */
  get certificate(): string {
    return `${this.#folder}/engine/data/server.crt`;
  }

  /** Ends it at once, with all connections: what was not committed is lost. */
  async kill(): Promise<void> {
    await this.#tell("kill", "killed");
  }

  /** Starts it again after `kill()`, and waits until it answers. */
  async restart(): Promise<void> {
    await this.#tell("start", "started");
  }

  /** Stops its processes: they keep their connections and say nothing, as a machine that hangs. */
  async hang(): Promise<void> {
    await this.#tell("stop", "stopped");
  }

  /** Has it go on after `hang()`. */
  async goOn(): Promise<void> {
    await this.#tell("continue", "continued");
  }

  /** Creates an empty database. */
  async database(): Promise<TestDatabase> {
    const name = `test_${++this.#databases}`;
    await this.#admin.unsafe(`CREATE DATABASE ${name}`);
    return {
      name,
      url: `postgres://postgres@127.0.0.1:${this.port}/${name}?sslmode=disable`,
      [Symbol.asyncDispose]: async () => {
        await this.#admin.unsafe(`DROP DATABASE ${name} WITH (FORCE)`);
      },
    };
  }

  /** Opens a connection of its own to a database, for a test to look at it, and to disturb. */
  connect(database: string): postgres.Sql {
    return postgres({
      host: "127.0.0.1",
      port: this.port,
      database,
      username: "postgres",
      password: "none",
      max: 1,
      ssl: false,
      fetch_types: false,
      idle_timeout: 0,
      max_lifetime: null,
      onnotice: () => {},
      connection: { application_name: "test" },
    });
  }

  /** Stops it, and removes what it has. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#admin.end({ timeout: 1 });
    await this.#commands.close();
    await this.#said.cancel();
    await this.#child.status;
  }

  async #tell(command: string, answer: string): Promise<void> {
    await this.#commands.write(new TextEncoder().encode(`${command}\n`));
    const { value } = await this.#said.read();
    assert.equal(value?.trim(), answer);
  }

  async #addRoles(): Promise<void> {
    await this.#admin.unsafe(
      "CREATE ROLE with_password SUPERUSER LOGIN PASSWORD 'sesame';" +
        "CREATE ROLE with_tls SUPERUSER LOGIN; CREATE ROLE with_no_rights LOGIN",
    );
  }
}

async function hasPostgresql(): Promise<boolean> {
  if (Deno.build.os !== "linux") return false;
  try {
    for await (const { isDirectory } of Deno.readDir(INSTALLED)) if (isDirectory) return true;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return false;
}
