import assert from "node:assert/strict";
import { join } from "node:path";

import {
  openServerStorage,
  openStorage,
  type ServerStorage,
} from "../../../server/storage/open_storage.ts";
import { SYSTEM_CLOCK } from "../../../server/system_clock.ts";
import type { ClientId } from "../../../shared/wire/client_id.ts";
import type { Postgresql } from "../../engines/postgresql.ts";
import { type TestBucket, testBucket } from "../../engines/s3_bucket.ts";
import { GATEWAY_KEYS, type S3Gateway } from "../../engines/s3_gateway.ts";
import { sha256 } from "../../old/old_files.ts";
import { filled, type Given, read } from "../../upkeep/filled.ts";

/** The variables of a server of a target. */
export const TARGET_ENV = {
  AWS_ACCESS_KEY_ID: GATEWAY_KEYS.accessKeyId,
  AWS_SECRET_ACCESS_KEY: GATEWAY_KEYS.secretAccessKey,
  SEALPOST_DATABASE_PASSWORD: "sesame",
};

const clock = SYSTEM_CLOCK;

/** An empty database and bucket, and the flags for them. */
export interface Target extends AsyncDisposable {
  readonly bucket: TestBucket;
  readonly url: string;
  /** Those of a server, and of a migration. */
  readonly server: readonly string[];
  readonly to: readonly string[];
  /** Whether a migration has begun to move rows, and has not finished. */
  hasBegun(): Promise<boolean>;
  /** How often the counters of all clients were changed by others, once that was at all. */
  counted(): Promise<number>;
  /** Opens what a server opens. */
  opened(data: string): Promise<ServerStorage>;
  /** Runs statements. */
  sql<T>(work: (sql: ReturnType<Postgresql["connect"]>) => Promise<T>): Promise<T>;
}

/** Makes an empty database and bucket. */
export async function newTarget(engine: Postgresql, gateway: S3Gateway): Promise<Target> {
  const database = await engine.database();
  const url = database.url.replace("postgres@", "with_password@");
  const bucket = await testBucket(gateway.endpoint);
  async function sql<T>(
    work: (sql: ReturnType<Postgresql["connect"]>) => Promise<T>,
  ): Promise<T> {
    const connection = engine.connect(database.name);
    try {
      return await work(connection);
    } finally {
      await connection.end();
    }
  }
  return {
    ...{ url, bucket, sql },
    server: ["--database", url, "--store", bucket.text],
    to: ["--to", url, "--store", bucket.text],
    counted: () =>
      sql(async (run) => {
        for (;;) {
          const [row] = await run`SELECT n_tup_upd::int AS changes FROM pg_stat_user_tables
            WHERE relname = 'totals'`;
          const changes = Number(row?.["changes"]);
          if (changes > 0) return changes;
        }
      }),
    async hasBegun() {
      // Before that there are no tables.
      const rows = await sql((run) =>
        run`SELECT count(*)::int AS begun FROM clients, content_place
          WHERE "Place" = 'a migration that is not finished'`.catch(() => [])
      );
      return Number(rows[0]?.["begun"] ?? 0) > 0;
    },
    opened: (data) =>
      openServerStorage({
        ...{ data, database: url, password: "sesame", clock },
        bucket: {
          ...{ place: bucket.place, keys: GATEWAY_KEYS, spool: undefined },
          garbageTime: 3_600_000,
        },
      }),
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}

/** What a data folder was given, and whose the trees are. */
export interface FilledFolder {
  readonly given: Given[];
  readonly account: ClientId;
}

/** Has a server fill a data folder with files of both protocols, and an upload under way. */
export async function filledFolder(data: string): Promise<FilledFolder> {
  await using storage = await openStorage({ data, database: undefined, clock });
  const given: Given[] = [...await filled(storage)];
  const account = given.at(-1)?.clientId;
  assert(account);
  await storage.uploads.create({ clientId: account, path: "begun", size: 9 });
  return { given, account };
}

/** Fails unless a storage has all that a data folder was given. */
export async function checkGiven(
  storage: ServerStorage,
  { given, account }: FilledFolder,
): Promise<void> {
  for (const one of given) {
    assert.deepEqual(await read(storage, one), one.content, `${one.protocol} ${one.path}`);
  }
  const link = await storage.tree.entry(account, "link");
  assert(link?.kind === "link" && link.target === "note.txt");
  const four = given.filter(({ protocol }) => protocol === 4);
  const bytes = four.reduce((sum, { content }) => sum + content.length, 0);
  const { client } = await storage.catalog.usage(account);
  // With three folders and a link; the upload that had begun has none of it.
  assert.deepEqual([client.files, client.bytes], [four.length + 4, bytes]);
}

/** Times and SHA-256 of all files in a folder. */
export async function stateOf(folder: string): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = join(folder, name);
    if (isDirectory) found.push(...await stateOf(path));
    else {
      const { mtime } = await Deno.stat(path);
      found.push(`${path} ${mtime?.getTime()} ${await sha256(await Deno.readFile(path))}`);
    }
  }
  return found.sort();
}
