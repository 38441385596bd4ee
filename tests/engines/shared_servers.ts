import { join } from "node:path";
import type postgres from "postgres";
import { temporaryFolder } from "../peers/temporary_folder.ts";
import { ON_LOOPBACK, RunningServer } from "../end_to_end/fixtures/running_server.ts";
import { HAS_POSTGRESQL, NO_POSTGRESQL, Postgresql, type TestDatabase } from "./postgresql.ts";
import { type TestBucket, testBucket } from "./s3_bucket.ts";
import { GATEWAY_KEYS, NO_GATEWAY, S3Gateway } from "./s3_gateway.ts";

/** Whether servers of one database and bucket can be started here. */
export const HAS_BOTH: boolean = HAS_POSTGRESQL && NO_GATEWAY === "";

/** What a title says of a test that cannot run, for lack of an engine. */
export const NOT_BOTH: string = NO_POSTGRESQL || NO_GATEWAY;

const KEYS = {
  AWS_ACCESS_KEY_ID: GATEWAY_KEYS.accessKeyId,
  AWS_SECRET_ACCESS_KEY: GATEWAY_KEYS.secretAccessKey,
};

/** Milliseconds that a server may live, on a machine with much to do. */
const LIFE = 600_000;

/** An empty database and an empty bucket, for servers that share them. */
export interface SharedPlace extends AsyncDisposable {
  /** A folder for files of the test. */
  readonly folder: string;
  readonly bucket: TestBucket;
  readonly database: TestDatabase;
  /** The keys of the bucket, as variables. */
  readonly keys: Readonly<Record<string, string>>;
  /** A connection to look at the database, and to disturb. */
  readonly sql: postgres.Sql;
  /**
   * Starts a server of both, with a data folder by this name, and other flags; `--database` among
   * them is that of the server.
   */
  readonly server: (name: string, flags?: readonly string[]) => Promise<RunningServer>;
}

/** A PostgreSQL and a gateway on loopback, which end when this is disposed of. */
export class SharedEngines implements AsyncDisposable {
  readonly postgresql: Postgresql;
  readonly gateway: S3Gateway;

  private constructor(postgresql: Postgresql, gateway: S3Gateway) {
    this.postgresql = postgresql;
    this.gateway = gateway;
  }

  /** Starts both; some 20 s. */
  static async start(): Promise<SharedEngines> {
    return new SharedEngines(...await Promise.all([Postgresql.start(), S3Gateway.start()]));
  }

  /** Makes a database and a bucket; servers reach the bucket by `endpoint`, or by the gateway. */
  async place(endpoint: string = this.gateway.endpoint): Promise<SharedPlace> {
    await using resources = new AsyncDisposableStack();
    const folder = resources.use(await temporaryFolder()).path;
    const database = resources.use(await this.postgresql.database());
    const bucket = await testBucket(this.gateway.endpoint, endpoint);
    const sql = this.postgresql.connect(database.name);
    resources.defer(() => sql.end({ timeout: 1 }));
    const kept = resources.move();
    const server = (name: string, flags: readonly string[] = []) =>
      RunningServer.start(join(folder, name), {
        args: [
          ...[...ON_LOOPBACK, "--store", bucket.text, ...flags],
          ...(flags.includes("--database") ? [] : ["--database", database.url]),
        ],
        env: KEYS,
        lifeLimit: LIFE,
      });
    return {
      ...{ folder, database, bucket, sql, server, keys: KEYS },
      [Symbol.asyncDispose]: () => kept.disposeAsync(),
    };
  }

  /** Ends both. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.postgresql[Symbol.asyncDispose]();
    await this.gateway[Symbol.asyncDispose]();
  }
}
