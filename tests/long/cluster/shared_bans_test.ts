/** Two servers of one PostgreSQL ban an address of which each has seen some of the failures. */

import assert from "node:assert/strict";
import { join } from "node:path";

import { temporaryFolder } from "../../peers/temporary_folder.ts";
import { ON_LOOPBACK, RunningServer } from "../../end_to_end/fixtures/running_server.ts";
import { runTool } from "../../end_to_end/fixtures/tool.ts";
import { missingEngine } from "../../engines/missing_engine.ts";
import { HAS_POSTGRESQL, NO_POSTGRESQL, Postgresql } from "../../engines/postgresql.ts";
import { testBucket } from "../../engines/s3_bucket.ts";
import { GATEWAY_KEYS, NO_GATEWAY, S3Gateway } from "../../engines/s3_gateway.ts";
import { until } from "./until.ts";

const ENV = {
  AWS_ACCESS_KEY_ID: GATEWAY_KEYS.accessKeyId,
  AWS_SECRET_ACCESS_KEY: GATEWAY_KEYS.secretAccessKey,
};

if (NO_GATEWAY === "" && HAS_POSTGRESQL) {
  const engine = await Postgresql.start();
  const gateway = await S3Gateway.start();
  Deno.test.afterAll(async () => {
    await engine[Symbol.asyncDispose]();
    await gateway[Symbol.asyncDispose]();
  });

  Deno.test("An address that is banned at one server is banned at the others", async () => {
    await using folder = await temporaryFolder();
    await using database = await engine.database();
    const bucket = await testBucket(gateway.endpoint);
    const args = ON_LOOPBACK.concat("--database", database.url, "--store", bucket.text)
      .concat("--limit-loopback", "--max-failures", "6", "--ban-time", "3600");
    const start = (name: string) =>
      RunningServer.start(join(folder.path, name), { args, env: ENV });
    await using one = await start("one");
    await using other = await start("other");
    // Too few for each of them alone. Some may be forgotten meanwhile, and those with which the ban
    // begins count, but may be closed without an answer.
    const each = 5;
    for (let failure = 0; failure < each; failure++) {
      for (const server of [one, other]) await ask(server, "wrong");
    }
    const sql = engine.connect(database.name);
    await until(async () => await ask(one) === 0);
    await until(async () => await ask(other) === 0);
    // Each failure is there once: twice the six that a ban takes would be more.
    const [row] = await sql`SELECT "Failures" AS failures FROM addresses`;
    await sql.end();
    const failures = row?.["failures"] as number;
    assert(failures > 0 && failures <= 2 * each, `${failures} of ${2 * each} failures`);
    // A server that starts now knows it as well.
    await using third = await start("third");
    await until(async () => await ask(third) === 0);
    for (const server of [one, other, third]) {
      const { code, stderr } = await server.stop();
      assert.equal(code, 0, stderr);
      assert.match(stderr, /Banned '?127\.0\.0\.1'? for \d+ s/);
    }
  });
} else {
  missingEngine(`Two servers share bans${NO_POSTGRESQL || NO_GATEWAY}`);
}

/** Asks a server for a list of files, or else for what it is. Returns 0 if it closes at once. */
async function ask({ address }: RunningServer, token?: string): Promise<number> {
  const path = token === undefined ? "/v4" : "/v4/files/";
  const head = token === undefined ? [] : ["-H", `Authorization: Bearer ${token}`];
  const form = ["-sk", "-o", "/dev/null", "-w", "%{http_code}"];
  const { stdout } = await runTool("curl", [...form, ...head, `https://${address}${path}`]);
  return Number(stdout);
}
