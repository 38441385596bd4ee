/** A server whose contents are in a bucket, as its users have it. */

import assert from "node:assert/strict";
import { join } from "node:path";

import { openServerStorage } from "../../../server/storage/open_storage.ts";
import { temporaryFolder } from "../../peers/temporary_folder.ts";
import { readAll } from "../../storage/trees_under_test.ts";
import { SYSTEM_CLOCK } from "../../../server/system_clock.ts";
import { clientIdOf } from "../../../shared/wire/client_id.ts";
import { idIn, makeFile } from "../../end_to_end/fixtures/client_folder.ts";
import { runClient } from "../../end_to_end/fixtures/in_process.ts";
import {
  DidNotStart,
  ON_LOOPBACK,
  RunningServer,
} from "../../end_to_end/fixtures/running_server.ts";
import { missingEngine } from "../../engines/missing_engine.ts";
import { testBucket } from "../../engines/s3_bucket.ts";
import { GATEWAY_KEYS, NO_GATEWAY, S3Gateway } from "../../engines/s3_gateway.ts";
import { S3Proxy } from "../../engines/s3_proxy.ts";

const MIB = 1024 ** 2;
const ENV = {
  AWS_ACCESS_KEY_ID: GATEWAY_KEYS.accessKeyId,
  AWS_SECRET_ACCESS_KEY: GATEWAY_KEYS.secretAccessKey,
};

/** Requests that change something, by what they do. */
function changes(requests: readonly string[]): readonly string[] {
  return requests.filter((request) => !/^(GET|HEAD) /.test(request)).map((request) => {
    if (/^POST .*\?uploads=?$/.test(request)) return "begin";
    if (/^PUT .*partNumber=/.test(request)) return "part";
    if (/^POST .*\?uploadId=/.test(request)) return "complete";
    return /^PUT [^?]*$/.test(request) ? "put" : request;
  }).sort();
}

if (NO_GATEWAY === "") {
  let gateway: S3Gateway | undefined;
  Deno.test.beforeAll(async () => {
    gateway = await S3Gateway.start();
  });
  Deno.test.afterAll(async () => await gateway?.[Symbol.asyncDispose]());

  Deno.test("A file costs one PUT, or its parts and two requests, and no list", async () => {
    await using folder = await temporaryFolder();
    await using proxy = new S3Proxy(gateway?.endpoint ?? "");
    const bucket = await testBucket(gateway?.endpoint ?? "", proxy.endpoint);
    const [data, config, home] = ["data", "config", "home"].map((one) => join(folder.path, one));
    assert(data && config && home);
    await Promise.all([Deno.mkdir(config), Deno.mkdir(home)]);
    const files = await Promise.all([
      makeFile(folder.path, { name: "small.bin", size: 1_000 }),
      makeFile(folder.path, { name: "medium.bin", size: 200_000 }),
      makeFile(folder.path, { name: "large.bin", size: 20 * MIB + 5 }),
    ]);
    const expected = {
      "small.bin": { four: [], three: ["put"] },
      "medium.bin": { four: ["put"], three: ["put"] },
      "large.bin": {
        four: ["begin", "complete", "part", "part", "part"],
        three: ["begin", "complete", "part", "part", "part"],
      },
    } as const;
    const args = [...ON_LOOPBACK, "--store", bucket.text];
    {
      await using server = await RunningServer.start(data, { args, env: ENV });
      const address = await server.printed(/^sealpost:/);
      const login = await runClient(["login", address, "--name", "maya", "--dir", config]);
      assert.equal(login.code, 0, login.stderr);
      for (const { path, name, content } of files) {
        proxy.forget();
        const sent = await runClient(["send", path, "--dir", config]);
        assert.equal(sent.code, 0, sent.stderr);
        const { four, three } = expected[name as keyof typeof expected];
        assert.deepEqual(changes(proxy.requests), four, `${name} by protocol 4`);
        const lists = /list-type|[?&]uploads=?(?:&|$)/;
        const listed = proxy.requests.filter((one) => /^GET /.test(one) && lists.test(one));
        assert.deepEqual(listed, []);
        const target = join(folder.path, "fetched");
        const got = await runClient(["get", name, "-o", target, "--dir", config]);
        assert.equal(got.code, 0, got.stderr);
        assert.deepEqual(await Deno.readFile(target), content);
        await Deno.remove(target);

        proxy.forget();
        const old = ["--server", server.address, "--name", "Old", "--dir", home];
        const byThree = await runClient([...old, path]);
        assert.equal(byThree.code, 0, byThree.stderr);
        assert.deepEqual(changes(proxy.requests), three, `${name} by protocol 3`);
      }
      const { code, stderr } = await server.stop();
      assert.equal(code, 0, stderr);
      assert.doesNotMatch(stderr, / (error|warn) |SKTEST|Signature/);
    }
    await using storage = await openServerStorage({
      data,
      database: undefined,
      clock: SYSTEM_CLOCK,
      bucket: {
        ...{ place: bucket.place, keys: GATEWAY_KEYS, spool: undefined },
        garbageTime: 3_600_000,
      },
    });
    const id = clientIdOf(Uint8Array.fromHex(await idIn(home)));
    for (const { name, content } of files) {
      const opened = await storage.committer.open(id, name);
      assert.deepEqual(opened && await readAll(opened.contents), content);
    }
    assert.deepEqual(await Array.fromAsync(Deno.readDir(join(data, "spool"))), []);
  });

  Deno.test("A server says why it cannot use a bucket, and is not bound to it", async () => {
    await using folder = await temporaryFolder();
    const bucket = await testBucket(gateway?.endpoint ?? "");
    const data = join(folder.path, "data");
    const refusal = async (store: string, env: Readonly<Record<string, string>> = ENV) => {
      const args = [...ON_LOOPBACK, ...(store === "" ? [] : ["--store", store])];
      const started = RunningServer.start(data, { args, env });
      const [result] = await Promise.allSettled([started]);
      if (result.status === "fulfilled") return await result.value.stop();
      assert(result.reason instanceof DidNotStart, `${result.reason}`);
      return result.reason.ended;
    };
    const missing = bucket.text.replace("s3://", "s3://no-");
    const wrong = { ...ENV, AWS_SECRET_ACCESS_KEY: "very-wrong" };
    for (
      const [store, env, message] of [
        [bucket.text, {}, /--store needs keys: set AWS_ACCESS_KEY_ID/],
        [bucket.text, wrong, /SignatureDoesNotMatch.*check AWS_ACCESS_KEY_ID/],
        [missing, ENV, /NoSuchBucket.*make the bucket/],
        ["s3://b?endpoint=x", ENV, /Expected the place of a bucket/],
      ] as const
    ) {
      const { code, stderr } = await refusal(store, env);
      assert.equal(code, 2, stderr);
      assert.match(stderr, message);
      assert.doesNotMatch(stderr, /very-wrong|SKTEST/);
    }
    assert.equal((await refusal(bucket.text)).code, 0);
    const other = await testBucket(gateway?.endpoint ?? "");
    for (const store of [other.text, ""]) {
      const { code, stderr } = await refusal(store);
      assert.equal(code, 2, stderr);
      assert.match(stderr, /contents of this database lie in s3:\/\/test-/);
    }
  });
} else {
  missingEngine(`A server keeps files in a bucket${NO_GATEWAY}`);
}
