import { deepEqual, equal, match } from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

import { openStorage } from "../../server/storage/open_storage.ts";
import { scriptedService } from "../storage/scripted_service.ts";
import { temporaryFolder } from "../peers/temporary_folder.ts";
import { SYSTEM_CLOCK } from "../../server/system_clock.ts";
import type { JsonDoctor } from "../../server/upkeep/doctor/run_doctor.ts";
import { RunningServer } from "../end_to_end/fixtures/running_server.ts";
import { ran } from "./ran.ts";

const clock = SYSTEM_CLOCK;

/** The status of each check of a folder, and what was said to it. */
async function doctor(data: string, ...args: readonly string[]) {
  const { code, out, err } = await ran("doctor", ["--data", data, "--json", ...args]);
  equal(err, "");
  const result: JsonDoctor = JSON.parse(out);
  equal(result.exitCode, code);
  return {
    code,
    said: Object.fromEntries(
      result.checks.map(({ check, status, message, advice }) => [
        check,
        `${status}: ${message}${advice === undefined ? "" : ` - ${advice}`}`,
      ]),
    ),
    statuses: Object.fromEntries(result.checks.map(({ check, status }) => [check, status])),
  };
}

async function namesIn(folder: string): Promise<readonly string[]> {
  return (await Array.fromAsync(Deno.readDir(folder), ({ name }) => name)).sort();
}

Deno.test("doctor finds a folder well, before a server, with one, and after it", async () => {
  await using folder = await temporaryFolder();
  const data = join(folder.path, "data");
  const first = await doctor(data);
  equal(first.code, 0);
  match(first.said["data folder"] ?? "", /is not there yet/);
  match(first.said["database"] ?? "", /none yet/);
  deepEqual(await namesIn(folder.path), []);
  {
    await using _server = await RunningServer.here(data);
    const used = await doctor(data);
    equal(used.code, 0);
    match(used.said["server"] ?? "", /^ok: A server uses the folder/);
  }
  const before = await namesIn(data);
  const { code, statuses, said } = await doctor(data);
  equal(code, 0);
  deepEqual(Object.keys(statuses), [
    ...["data folder", "room", "server", "server key", "database", "schema", "same bucket"],
  ]);
  match(said["server"] ?? "", /^ok: No server uses the folder/);
  match(said["schema"] ?? "", /the newest/);
  match(said["server key"] ?? "", /^ok/);
  deepEqual(await namesIn(data), before);
  const { out } = await ran("doctor", ["--data", data]);
  match(out, /^ok {4}data folder +".*" can be written, by its owner alone$/m);
});

Deno.test("doctor says what to do about each thing that is wrong in a folder", async () => {
  await using folder = await temporaryFolder();
  const data = join(folder.path, "data");
  {
    await using _storage = await openStorage({ data, database: undefined, clock });
  }
  await Deno.writeTextFile(join(data, "server.key"), "none");
  await Deno.chmod(data, 0o755);
  const path = join(data, "defensive.db");
  const database = new DatabaseSync(path);
  database.exec("PRAGMA user_version = 99");
  database.exec("INSERT INTO content_place VALUES (1, 's3://elsewhere')");
  database.close();
  const { code, said } = await doctor(data);
  equal(code, 1);
  match(said["data folder"] ?? "", /^warn: .* can be seen by others - .*chmod 700/);
  match(said["server key"] ?? "", /^fail: .*no key of P-256/);
  match(said["schema"] ?? "", /^fail: .*99.* - Run the Sealpost that made it/);
  match(said["same bucket"] ?? "", /^fail: .* lie in s3:\/\/elsewhere, and no bucket .* --store/);
  await Deno.writeTextFile(path, "no database at all, but a text of some length");
  match((await doctor(data)).said["database"] ?? "", /^fail: .*not a database.* - .*restore/);
  const file = join(folder.path, "file");
  await Deno.writeTextFile(file, "");
  match((await doctor(file)).said["data folder"] ?? "", /^fail: .* it is no folder - .*--data/);
  const { out } = await ran("doctor", ["--data", data]);
  match(out, /^fail {2}database .*\n {6,}[A-Z]/m);
  match(out, /\n\d failed, 1 warning\n$/);
});

Deno.test("doctor examines what it can reach, and skips the rest with a reason", async () => {
  await using folder = await temporaryFolder();
  const { code, statuses, said } = await doctor(
    folder.path,
    ...["--database", "postgres://u@127.0.0.1:1/x?sslmode=disable"],
  );
  equal(code, 1);
  match(said["database"] ?? "", /^fail: .*127\.0\.0\.1:1.* - See that it runs/);
  equal(statuses["schema"], "skip");
  match(said["bucket"] ?? "", /^fail: A PostgreSQL needs a bucket.* - Name one with --store/);
  const usage = await ran("doctor", ["--store", "s3://b?endpoint=x"]);
  equal(usage.code, 2);
  const keys = await ran("doctor", ["--store", "s3://bucket?endpoint=http://127.0.0.1:1"]);
  equal(keys.code, 2);
  match(keys.err, /--store needs keys/);
});

Deno.test("doctor compares the region that is named with that of the bucket", async () => {
  await using folder = await temporaryFolder();
  const cases: readonly (readonly [Record<string, string>, RegExp])[] = [
    [{}, /^ok The region eu-west-1 is right$/],
    [{ "x-amz-bucket-region": "eu-west-1" }, /^ok The region eu-west-1 is right$/],
    [
      { "x-amz-bucket-region": "eu-north-1" },
      /^warn The bucket is in eu-north-1, and eu-west-1 was named; Write region=eu-north-1 into/,
    ],
  ];
  for (const [headers, expected] of cases) {
    await using service = scriptedService(() => new Response("", { headers }));
    const store = `s3://bucket?endpoint=${service.endpoint}&region=eu-west-1`;
    const args = ["--data", folder.path, "--json", "--store", store];
    const env = { AWS_ACCESS_KEY_ID: "a", AWS_SECRET_ACCESS_KEY: "b" };
    const { checks }: JsonDoctor = JSON.parse((await ran("doctor", args, { env })).out);
    const found = checks.find(({ check }) => check === "region");
    match(
      `${found?.status} ${found?.message}; ${found?.advice}`.replace("; undefined", ""),
      expected,
    );
  }
});
