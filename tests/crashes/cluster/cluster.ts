import assert from "node:assert/strict";
import { join } from "node:path";
import type postgres from "postgres";
import { openServerStorage, type ServerStorage } from "../../../server/storage/open_storage.ts";
import { SYSTEM_CLOCK } from "../../../server/system_clock.ts";
import { temporaryFolder } from "../../peers/temporary_folder.ts";
import { RunningServer } from "../../end_to_end/fixtures/running_server.ts";
import { Postgresql, type TestDatabase } from "../../engines/postgresql.ts";
import { type TestBucket, testBucket } from "../../engines/s3_bucket.ts";
import { GATEWAY_KEYS, type ObjectStore, S3Gateway } from "../../engines/s3_gateway.ts";
import { ownPort } from "../../peers/own_port.ts";

/** What can be ended as a crash would end it. `store` needs `bluestore`. */
export type Victim = "one" | "other" | "postgres" | "gateway" | "store";

/** Seconds for which servers keep what was replaced. */
const GARBAGE_TIME = 5;

/** Milliseconds that a server may live: longer than any loop. */
const LIFE = 24 * 3_600_000;

const ENV = {
  AWS_ACCESS_KEY_ID: GATEWAY_KEYS.accessKeyId,
  AWS_SECRET_ACCESS_KEY: GATEWAY_KEYS.secretAccessKey,
};

/** One of two servers, at the same port whenever it lives. */
interface Member {
  readonly data: string;
  readonly port: number;
  server: RunningServer | undefined;
}

/** Two servers as processes, of one PostgreSQL and one gateway. All of it can be killed. */
export class Cluster implements AsyncDisposable {
  /** A folder for files of the clients. */
  readonly folder: string;
  readonly bucket: TestBucket;
  /** A connection to look at the database. */
  readonly sql: postgres.Sql;
  readonly #engine: Postgresql;
  readonly #gateway: S3Gateway;
  readonly #database: TestDatabase;
  readonly #resources: AsyncDisposableStack;
  readonly #members: Readonly<Record<"one" | "other", Member>>;

  private constructor(parts: {
    readonly folder: string;
    readonly bucket: TestBucket;
    readonly engine: Postgresql;
    readonly gateway: S3Gateway;
    readonly database: TestDatabase;
    readonly resources: AsyncDisposableStack;
    readonly ports: readonly [number, number];
  }) {
    this.folder = parts.folder;
    this.bucket = parts.bucket;
    this.#engine = parts.engine;
    this.#gateway = parts.gateway;
    this.#database = parts.database;
    this.#resources = parts.resources;
    this.sql = parts.engine.connect(parts.database.name);
    const [one, other] = parts.ports;
    const member = (name: string, port: number) => {
      return { data: join(parts.folder, name), port, server: undefined };
    };
    this.#members = { one: member("one", one), other: member("other", other) };
  }

  /** Starts all of it. Takes half a minute. */
  static async start(objects: ObjectStore): Promise<Cluster> {
    await using resources = new AsyncDisposableStack();
    const [folder, engine, gateway] = await Promise.all([
      temporaryFolder(),
      Postgresql.start(),
      S3Gateway.start(objects),
    ]);
    for (const part of [folder, engine, gateway]) resources.use(part);
    const database = await engine.database();
    const bucket = await testBucket(gateway.endpoint);
    const { path } = folder;
    const ports = [await ownPort(), await ownPort()] as const;
    const cluster = new Cluster({
      ...{ folder: path, bucket, engine, gateway, database, ports },
      resources: resources.move(),
    });
    try {
      await cluster.restart(["one", "other"]);
      return cluster;
    } catch (error) {
      await cluster[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** `HOST:PORT` of both servers. */
  get addresses(): readonly [string, string] {
    const { one, other } = this.#members;
    return [`127.0.0.1:${one.port}`, `127.0.0.1:${other.port}`];
  }

  /** The address of the first server, with its key. */
  async keyAddress(): Promise<string> {
    return await this.#members.one.server?.printed(/^sealpost:/) ?? "";
  }

  /** Ends these at once. */
  async kill(victims: readonly Victim[]): Promise<void> {
    await Promise.all(victims.map(async (victim) => {
      if (victim === "postgres") return await this.#engine.kill();
      if (victim === "gateway") return await this.#gateway.kill();
      if (victim === "store") return await this.#gateway.restartStore();
      const member = this.#members[victim];
      member.server?.signal("SIGKILL");
      const ended = await member.server?.ended();
      member.server = undefined;
      assert.equal(ended?.code, 128 + 9, ended?.stderr);
    }));
  }

  /** Starts them again: servers after what they need. */
  async restart(victims: readonly Victim[]): Promise<void> {
    if (victims.includes("postgres")) await this.#engine.restart();
    if (victims.includes("gateway")) await this.#gateway.restart();
    for (const name of ["one", "other"] as const) {
      if (!victims.includes(name)) continue;
      const { data, port } = this.#members[name];
      const args = ["--host", "127.0.0.1", "--port", `${port}`, "--keep-unverified", "no"];
      const shared = ["--database", this.#database.url, "--store", this.bucket.text];
      this.#members[name].server = await RunningServer.start(data, {
        args: [...args, ...shared, "--garbage-time", `${GARBAGE_TIME}s`],
        env: ENV,
        lifeLimit: LIFE,
      });
    }
  }

  /** Stops both servers as an operator does. Fails if one does not end with 0. */
  async stop(): Promise<void> {
    await Promise.all(
      Object.values(this.#members).map(async (member) => {
        const ended = await member.server?.stop();
        member.server = undefined;
        assert(ended === undefined || ended.code === 0, ended?.stderr);
      }),
    );
  }

  /** Opens the storage of the servers as one more of them. */
  storage(): Promise<ServerStorage> {
    const { place } = this.bucket;
    const garbageTime = GARBAGE_TIME * 1000;
    return openServerStorage({
      data: join(this.folder, "third"),
      database: this.#database.url,
      clock: SYSTEM_CLOCK,
      bucket: { place, keys: GATEWAY_KEYS, spool: undefined, garbageTime },
    });
  }

  /** Ends everything, whatever it was doing. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const { server } of Object.values(this.#members)) {
      server?.signal("SIGKILL");
      await server?.ended().catch(() => {});
    }
    await this.sql.end({ timeout: 1 });
    await this.#resources.disposeAsync();
  }
}
