import assert from "node:assert/strict";
import { join } from "node:path";

import { SYSTEM_CLOCK } from "../system_clock.ts";
import { openServerStorage } from "./open_storage.ts";
import { parseS3Place } from "./s3_place.ts";
import { scriptedService } from "./testing/scripted_service.ts";
import { temporaryFolder } from "./testing/temporary_folder.ts";
import { failsWith } from "./testing/trees_under_test.ts";

Deno.test("A spool is of one server alone, until that has ended", async () => {
  await using folder = await temporaryFolder();
  await using service = scriptedService(() => new Response("<ListBucketResult/>"));
  const place = parseS3Place(`s3://bucket?endpoint=${service.endpoint}`);
  assert(typeof place !== "string");
  const keys = { accessKeyId: "A", secretAccessKey: "S" };
  const spool = join(folder.path, "above", "spool");
  const open = (data: string) =>
    openServerStorage({
      data: join(folder.path, data),
      database: undefined,
      clock: SYSTEM_CLOCK,
      bucket: { place, keys, spool, garbageTime: 1_000 },
    });
  const part = join(spool, "0".repeat(32));
  {
    await using _one = await open("one");
    await Deno.writeTextFile(part, "a part on its way");
    await failsWith(open("other"), "data-in-use");
    await Deno.stat(part);
  }
  await using _other = await open("other");
  await assert.rejects(Deno.stat(part), Deno.errors.NotFound);
});
