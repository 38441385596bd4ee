/** Two servers of one PostgreSQL and one bucket, as their users have them. */

import assert from "node:assert/strict";
import { join } from "node:path";

import { temporaryFolder } from "../../peers/temporary_folder.ts";
import { makeFile } from "../../end_to_end/fixtures/client_folder.ts";
import { runClient } from "../../end_to_end/fixtures/in_process.ts";
import {
  DidNotStart,
  ON_LOOPBACK,
  RunningServer,
} from "../../end_to_end/fixtures/running_server.ts";
import { missingEngine } from "../../engines/missing_engine.ts";
import { HAS_POSTGRESQL, NO_POSTGRESQL, Postgresql } from "../../engines/postgresql.ts";
import { testBucket } from "../../engines/s3_bucket.ts";
import { GATEWAY_KEYS, NO_GATEWAY, S3Gateway } from "../../engines/s3_gateway.ts";

const KEYS = {
  AWS_ACCESS_KEY_ID: GATEWAY_KEYS.accessKeyId,
  AWS_SECRET_ACCESS_KEY: GATEWAY_KEYS.secretAccessKey,
};
const PASSWORD = { SEALPOST_DATABASE_PASSWORD: "sesame" };

/** What a server says that does not start. */
async function refusal(
  data: string,
  { args, env }: { readonly args: readonly string[]; readonly env: Record<string, string> },
): Promise<string> {
  const started = RunningServer.start(data, { args: [...ON_LOOPBACK, ...args], env });
  const [result] = await Promise.allSettled([started]);
  if (result.status === "fulfilled") {
    await result.value.stop();
    return assert.fail("It has started");
  }
  assert(result.reason instanceof DidNotStart, `${result.reason}`);
  const { code, stderr } = result.reason.ended;
  assert.equal(code, 2, stderr);
  return stderr;
}

if (NO_GATEWAY === "" && HAS_POSTGRESQL) {
  const engine = await Postgresql.start();
  const gateway = await S3Gateway.start();
  Deno.test.afterAll(async () => {
    await engine[Symbol.asyncDispose]();
    await gateway[Symbol.asyncDispose]();
  });

  Deno.test("Two servers of one database and bucket have the same clients and files", async () => {
    await using folder = await temporaryFolder();
    await using database = await engine.database();
    const url = database.url.replace("postgres@", "with_password@");
    const bucket = await testBucket(gateway.endpoint);
    const args = [...ON_LOOPBACK, "--database", url, "--store", bucket.text];
    const env = { ...KEYS, ...PASSWORD };
    const [config, home] = [join(folder.path, "config"), join(folder.path, "home")];
    await Promise.all([Deno.mkdir(config), Deno.mkdir(home)]);
    const [small, large] = await Promise.all([
      makeFile(folder.path, { name: "small.bin", size: 1_000 }),
      makeFile(folder.path, { name: "large.bin", size: 9 * 1024 ** 2 }),
    ]);
    assert(small && large);
    await using one = await RunningServer.start(join(folder.path, "one"), { args, env });
    await using other = await RunningServer.start(join(folder.path, "other"), { args, env });
    const addresses = [await one.printed(/^sealpost:/), await other.printed(/^sealpost:/)];
    const client = async (...words: readonly string[]) => {
      const ended = await runClient([...words, "--dir", config]);
      assert.equal(ended.code, 0, ended.stderr);
      return ended;
    };
    const [atOne = "", atOther = ""] = addresses;
    assert.equal(atOne.split("#")[1], atOther.split("#")[1]);
    await client("login", atOne, "--name", "maya");
    await client("send", small.path, large.path);
    // The same key, so that the same client is known there.
    await client("login", atOther, "--name", "maya");
    for (const { name, content } of [small, large]) {
      const target = join(folder.path, `fetched-${name}`);
      await client("get", name, "-o", target, "--server", new URL(atOther).host);
      assert.deepEqual(await Deno.readFile(target), content);
    }
    const old = ["--name", "Old", "--dir", home];
    const three = await runClient(["--server", one.address, ...old, small.path]);
    assert.equal(three.code, 0, three.stderr);
    const taken = await runClient(["--server", other.address, ...old, small.path]);
    assert.match(taken.stderr, /The server has another client named "Old"/);
    for (const server of [one, other]) {
      const { code, stderr } = await server.stop();
      assert.equal(code, 0, stderr);
      assert.doesNotMatch(stderr, / (error|warn) |sesame/);
    }
  });

  Deno.test("A server says why it does not begin with a PostgreSQL", async () => {
    await using folder = await temporaryFolder();
    await using database = await engine.database();
    const url = database.url.replace("postgres@", "with_password@");
    const bucket = await testBucket(gateway.endpoint);
    const store = ["--store", bucket.text];
    const data = join(folder.path, "data");
    const env = { ...KEYS, ...PASSWORD };
    const alone = await refusal(data, { args: ["--database", url], env });
    assert.match(alone, /name a bucket with --store/);
    const wrong = { ...KEYS, SEALPOST_DATABASE_PASSWORD: "open sesame" };
    const refused = await refusal(data, { args: ["--database", url, ...store], env: wrong });
    assert.match(refused, /password authentication failed.*pg_hba\.conf/);
    const weak = url.replace("disable", "require");
    const weakly = await refusal(data, { args: ["--database", weak, ...store], env });
    assert.match(weakly, /does not check whom it speaks to: write sslmode=verify-full/);
    const shown = url.replace("with_password@", "with_password:sesame@");
    const told = await refusal(data, { args: ["--database", shown, ...store], env });
    assert.match(told, /has a password in it/);
    for (const text of [alone, refused, weakly, told]) assert.doesNotMatch(text, /sesame/);
  });
} else {
  const missing = NO_POSTGRESQL || NO_GATEWAY;
  missingEngine(`Two servers share a database${missing}`);
}
