/** Servers, and the gateway before their bucket, are killed amid uploads. */

import assert from "node:assert/strict";
import { join } from "node:path";

import { openServerStorage, type ServerStorage } from "../../../server/storage/open_storage.ts";
import { temporaryFolder } from "../../peers/temporary_folder.ts";
import { SYSTEM_CLOCK } from "../../../server/system_clock.ts";
import { cksumOf } from "../../../shared/cksum/cksum.ts";
import { pause } from "../../../shared/clock.ts";
import { parseAddress } from "../../../shared/text/address.ts";
import { randomSeed, SeededRandom } from "../../chance/seeded_random.ts";
import { CountingLedger } from "../../crashes/cluster/counting_ledger.ts";
import type { Ledger } from "../../crashes/ledger.ts";
import { Uploader } from "../../crashes/uploader.ts";
import { makeFile } from "../../end_to_end/fixtures/client_folder.ts";
import { clientRows, databaseIn, fileRows } from "../../end_to_end/fixtures/data_folder.ts";
import { runClient } from "../../end_to_end/fixtures/in_process.ts";
import { startProgram } from "../../end_to_end/fixtures/program.ts";
import {
  ON_LOOPBACK,
  onLoopbackAgain,
  RunningServer,
} from "../../end_to_end/fixtures/running_server.ts";
import { missingEngine } from "../../engines/missing_engine.ts";
import { type TestBucket, testBucket } from "../../engines/s3_bucket.ts";
import { GATEWAY_KEYS, NO_GATEWAY, S3Gateway } from "../../engines/s3_gateway.ts";
import { S3Proxy } from "../../engines/s3_proxy.ts";

const ENV = {
  AWS_ACCESS_KEY_ID: GATEWAY_KEYS.accessKeyId,
  AWS_SECRET_ACCESS_KEY: GATEWAY_KEYS.secretAccessKey,
};
const MIB = 1024 ** 2;
const ROUNDS = 8;
/** One round in so many kills the gateway, too. */
const GATEWAYS = 4;

/**
 * Milliseconds that garbage is kept: more than a request takes that its server did not outlive, on
 * a machine with much to do.
 */
const GARBAGE_TIME = 10_000;

/** Opens the storage of a data folder. */
function storageOf(data: string, { place }: TestBucket) {
  return openServerStorage({
    ...{ data, database: undefined, clock: SYSTEM_CLOCK },
    bucket: { place, keys: GATEWAY_KEYS, spool: undefined, garbageTime: GARBAGE_TIME },
  });
}

/** Removes what crashes have left, once nothing that was asked for is under way any more. */
async function swept({ contents }: Pick<ServerStorage, "contents">): Promise<void> {
  await contents.sweep();
  await pause(SYSTEM_CLOCK, GARBAGE_TIME + 100);
  while (await contents.sweep() > 0);
}

/** Fails unless all that was promised, and what is on record, is in the bucket. */
async function check(
  data: string,
  { bucket, ledger, atEnd }: {
    readonly bucket: TestBucket;
    readonly ledger: Ledger;
    /** Whether there must be nothing else, after a sweep. */
    readonly atEnd: boolean;
  },
): Promise<void> {
  const files = fileRows(databaseIn(data));
  ledger.settle({ clients: clientRows(databaseIn(data)), files });
  await using storage = await storageOf(data, bucket);
  for (const { location, size, checksum } of files) {
    assert.equal(await storage.store.size(location), size, location);
    const contents = await storage.store.read(location);
    assert.equal(contents && await cksumOf(contents), checksum, location);
  }
  if (!atEnd) return;
  await swept(storage);
  const keys = files.map(({ location }) => `files/o/${location.slice(0, 2)}/${location.slice(2)}`);
  assert.deepEqual([...await bucket.objects()].sort(), keys.sort());
  assert.equal(await bucket.uploads(), 0);
}

if (NO_GATEWAY === "") {
  let gateway: S3Gateway | undefined;
  Deno.test.beforeAll(async () => {
    gateway = await S3Gateway.start();
  });
  Deno.test.afterAll(async () => await gateway?.[Symbol.asyncDispose]());

  Deno.test("Servers and gateway killed amid uploads lose nothing, and leave nothing", async () => {
    await using folder = await temporaryFolder();
    const seed = randomSeed();
    const random = new SeededRandom(seed);
    const bucket = await testBucket(gateway?.endpoint ?? "");
    const data = join(folder.path, "data");
    const args = [...ON_LOOPBACK, "--store", bucket.text];
    const ledger = new CountingLedger();
    const clients = Array.from(
      { length: 4 },
      (_, index) => new Uploader({ name: `Client ${index}`, random: random.fork(), ledger }),
    );
    try {
      for (let round = 1; round <= ROUNDS; round++) {
        const server = await RunningServer.start(data, { args, env: ENV });
        const uploads = clients.map((client) => client.run(parseAddress(server.address)));
        await ledger.more(1 + random.below(8));
        // The moment has to be random: there is no event to wait for.
        await pause(SYSTEM_CLOCK, random.below(100));
        const killsGateway = round % GATEWAYS === 0;
        const killed = killsGateway ? gateway?.kill() : undefined;
        server.signal("SIGKILL");
        await Promise.all([killed, ...uploads]);
        const { code, stderr } = await server.ended();
        assert.equal(code, 128 + 9, stderr);
        if (killsGateway) await gateway?.restart();
        await check(data, { bucket, ledger, atEnd: round === ROUNDS });
      }
      assert(ledger.acknowledged > ROUNDS, `${ledger.acknowledged} files were acknowledged`);
    } catch (error) {
      throw new Error(`The crashes with the seed ${seed} failed`, { cause: error });
    }
  });

  Deno.test("A server killed amid a large file sends one part again at the most", async () => {
    await using folder = await temporaryFolder();
    await using proxy = new S3Proxy(gateway?.endpoint ?? "");
    const bucket = await testBucket(gateway?.endpoint ?? "", proxy.endpoint);
    const [data, config] = [join(folder.path, "data"), join(folder.path, "config")];
    await Deno.mkdir(config);
    const file = await makeFile(folder.path, { name: "large.bin", size: 45 * MIB + 5 });
    const parts = 6;
    const args = [...await onLoopbackAgain(), "--store", bucket.text];
    const start = () => RunningServer.start(data, { args, env: ENV });
    const first = await start();
    const address = await first.printed(/^sealpost:/);
    const login = await runClient(["login", address, "--name", "maya", "--dir", config]);
    assert.equal(login.code, 0, login.stderr);
    const sending = startProgram("client", ["send", file.path, "--dir", config]);
    const said = Promise.all([
      new Response(sending.stdout).text(),
      new Response(sending.stderr).text(),
    ]);
    let server = first;
    for (const part of [2, 4]) {
      await proxy.seen(new RegExp(`^PUT .*partNumber=${part}&`));
      server.signal("SIGKILL");
      await server.ended();
      server = await start();
    }
    const { code } = await sending.status;
    assert.equal(code, 0, (await said).join("\n"));
    const sent = proxy.requests.filter((request) => /^PUT .*partNumber=/.test(request));
    assert(sent.length <= parts + 2, sent.join("\n"));
    const target = join(folder.path, "fetched");
    const got = await runClient(["get", file.name, "-o", target, "--dir", config]);
    assert.equal(got.code, 0, got.stderr);
    assert.deepEqual(await Deno.readFile(target), file.content);
    assert.equal((await server.stop()).code, 0);
    await using storage = await storageOf(data, bucket);
    await swept(storage);
    assert.equal((await bucket.objects()).length, 1);
    assert.equal(await bucket.uploads(), 0);
  });

  Deno.test("The log names a store that is away, and it is used again afterwards", async () => {
    await using folder = await temporaryFolder();
    const bucket = await testBucket(gateway?.endpoint ?? "");
    const [data, config] = [join(folder.path, "data"), join(folder.path, "config")];
    await Deno.mkdir(config);
    const { path } = await makeFile(folder.path, { name: "some.bin", size: 200_000 });
    const args = [...ON_LOOPBACK, "--store", bucket.text];
    await using server = await RunningServer.start(data, { args, env: ENV });
    const address = await server.printed(/^sealpost:/);
    const login = await runClient(["login", address, "--name", "maya", "--dir", config]);
    assert.equal(login.code, 0, login.stderr);
    await gateway?.kill();
    const refused = await runClient(["send", path, "--dir", config, "--retry-time", "1s"]);
    assert.equal(refused.code, 1, refused.stderr);
    assert.match(refused.stderr, /The server has too much to do/);
    await server.logged(/The store failed \('store-unreachable'\): .* cannot be reached/);
    await gateway?.restart();
    const sent = await runClient(["send", path, "--dir", config]);
    assert.equal(sent.code, 0, sent.stderr);
    const { code, stderr } = await server.stop();
    assert.equal(code, 0, stderr);
  });
} else {
  missingEngine(`A bucket survives crashes${NO_GATEWAY}`);
}
