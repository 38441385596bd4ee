/** What the server's doctor says of a real database and bucket. */

import assert from "node:assert/strict";
import { join } from "node:path";

import { temporaryFolder } from "../../peers/temporary_folder.ts";
import type { JsonDoctor } from "../../../server/upkeep/doctor/run_doctor.ts";
import { missingEngine } from "../../engines/missing_engine.ts";
import { HAS_POSTGRESQL, NO_POSTGRESQL, Postgresql } from "../../engines/postgresql.ts";
import { testBucket } from "../../engines/s3_bucket.ts";
import { NO_GATEWAY, S3Gateway } from "../../engines/s3_gateway.ts";
import { ran } from "../../upkeep/ran.ts";
import { newTarget, TARGET_ENV } from "./moving.ts";

/** The findings as texts, by their checks. */
async function doctor(
  args: readonly string[],
  { env = TARGET_ENV, ahead = 0 }: {
    readonly env?: Readonly<Record<string, string>>;
    readonly ahead?: number;
  } = {},
): Promise<Readonly<Record<string, string>>> {
  const { code, out, err } = await ran("doctor", [...args, "--json"], { env, ahead });
  assert.equal(err, "");
  const result: JsonDoctor = JSON.parse(out);
  assert.equal(code, result.ok ? 0 : 1);
  assert.doesNotMatch(out, /sesame|SKTEST/);
  return Object.fromEntries(result.checks.map(({ check, status, message, advice }) => {
    if (status === "warn" || status === "fail") assert(advice, check);
    return [check, `${status} ${message}${advice ? `; ${advice}` : ""}`];
  }));
}

if (NO_GATEWAY === "" && HAS_POSTGRESQL) {
  const engine = await Postgresql.start();
  const gateway = await S3Gateway.start();
  Deno.test.afterAll(async () => {
    await engine[Symbol.asyncDispose]();
    await gateway[Symbol.asyncDispose]();
  });

  Deno.test("The doctor finds a database and a bucket well, new and in use", async () => {
    await using folder = await temporaryFolder();
    await using target = await newTarget(engine, gateway);
    const data = join(folder.path, "data");
    await Deno.mkdir(data, { mode: 0o700 });
    const args = ["--data", data, ...target.server];
    const fresh = await doctor(args);
    const bad = Object.entries(fresh).filter(([, said]) => !said.startsWith("ok"));
    // The database of tests does not sync, and the bucket has no rules.
    assert.deepEqual(bad.map(([check]) => check), ["durability", "rules"], JSON.stringify(bad));
    assert.match(fresh["schema"] ?? "", /no tables yet/);
    assert.match(fresh["same bucket"] ?? "", /bound to no bucket yet/);
    // It has made nothing, there or there.
    assert.deepEqual(await target.bucket.objects(), []);
    assert.equal(await target.bucket.uploads(), 0);
    {
      await using _storage = await target.opened(data);
      const used = await doctor(args);
      assert.match(used["schema"] ?? "", /^ok .*the newest/);
      assert.match(used["same bucket"] ?? "", /^ok It is the bucket of the database/);
      assert.match(used["server"] ?? "", /^ok A server uses the folder/);
    }
    const text = await ran("doctor", args, { env: TARGET_ENV });
    assert.match(text.out, /^warn {2}rules .*\n +Add one that aborts incomplete uploads after 8 /m);
    const local = await doctor(["--data", data, "--store", target.bucket.text]);
    assert.match(local["database"] ?? "", /none yet/);
    assert.match(local["bucket rights"] ?? "", /^ok/);
  });

  Deno.test("The doctor says what is wrong with a database, and what to do", async () => {
    await using folder = await temporaryFolder();
    await using target = await newTarget(engine, gateway);
    const with_ = (url: string) => [
      ...["--data", folder.path, "--database", url, "--store", target.bucket.text],
    ];
    {
      await using _storage = await target.opened(join(folder.path, "data"));
    }
    const none = await doctor(with_(target.url.replace("with_password@", "with_no_rights@")));
    assert.match(none["database"] + `${none["rights"]}`, /permission denied|own the tables/);
    const wrong = await doctor(with_(target.url), {
      env: { ...TARGET_ENV, SEALPOST_DATABASE_PASSWORD: "very-wrong" },
    });
    assert.match(wrong["database"] ?? "", /^fail .*; Look at its user, its password/);
    assert.match(wrong["schema"] ?? "", /^skip/);
    const missing = await doctor(with_(target.url.replace(/\/test_\d+/, "/nothing")));
    assert.match(missing["database"] ?? "", /^fail .*; Create it, or name another/);
    await target.sql((sql) => sql`UPDATE schema_version SET "Version" = 99`);
    const newer = await doctor(with_(target.url));
    assert.match(newer["schema"] ?? "", /^fail .* 99.*; Run the Sealpost that made it/);
    const tls = target.url.replace("127.0.0.1", "localhost").replace("with_password@", "with_tls@")
      .replace("sslmode=disable", `sslmode=verify-full&sslrootcert=${engine.certificate}`);
    assert.match((await doctor(with_(tls)))["tls"] ?? "", /^ok .* by TLS, .* "localhost"/);
    const ahead = await doctor(with_(target.url), { ahead: -300_000 });
    for (const check of ["database clock", "bucket clock"]) {
      assert.match(ahead[check] ?? "", /^warn .* \d min \d+ s ahead of that of this machine; Set/);
    }
  });

  Deno.test("The doctor says what is wrong with a bucket, and what to do", async () => {
    await using folder = await temporaryFolder();
    await using target = await newTarget(engine, gateway);
    const data = join(folder.path, "data");
    {
      await using _storage = await target.opened(data);
    }
    const other = await testBucket(gateway.endpoint);
    const at = (store: string) => ["--data", data, "--database", target.url, "--store", store];
    const elsewhere = await doctor(at(other.text));
    assert.match(elsewhere["same bucket"] ?? "", /^fail .* lie in s3:.*; Name the same bucket/);
    const missing = await doctor(at(other.text.replace("s3://", "s3://no-")));
    assert.match(missing["bucket"] ?? "", /^fail .*NoSuchBucket.*; Make the bucket/);
    assert.match(missing["bucket rights"] ?? "", /^skip/);
    const denied = await doctor(at(target.bucket.text), {
      env: { ...TARGET_ENV, AWS_SECRET_ACCESS_KEY: "very-wrong" },
    });
    assert.match(denied["bucket"] ?? "", /^fail .*; Check AWS_ACCESS_KEY_ID/);
    const rule = (inside: string) =>
      target.bucket.setRules(
        "<Rule><ID>a</ID><Filter><Prefix></Prefix></Filter><Status>Enabled</Status>" +
          `${inside}</Rule>`,
      );
    const abort = (days: number) =>
      rule(
        "<AbortIncompleteMultipartUpload>" +
          `<DaysAfterInitiation>${days}</DaysAfterInitiation></AbortIncompleteMultipartUpload>`,
      );
    const rules = async (...more: readonly string[]) =>
      (await doctor([...at(target.bucket.text), ...more]))["rules"] ?? "";
    await abort(8);
    assert.match(await rules(), /^ok .* after 8 days/);
    assert.match(await rules("--upload-time", "30d"), /^fail .* after 8 days.*; Make it 31 days/);
    await rule("<Expiration><Days>90</Days></Expiration>");
    assert.match(await rules(), /^fail A rule of the bucket removes objects.*; Remove it/);
  });
} else {
  missingEngine(`The doctor examines a database and a bucket${NO_POSTGRESQL}${NO_GATEWAY}`);
}
