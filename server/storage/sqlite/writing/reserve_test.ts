import assert from "node:assert/strict";
import { join } from "node:path";

import { TestClock } from "../../../../tests/peers/test_clock.ts";
import { temporaryFolder } from "../../../../tests/peers/temporary_folder.ts";
import { Reserve } from "./reserve.ts";

Deno.test("Reserve is made, given up, and made again a minute later", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "test.db");
  const clock = new TestClock();
  const reserve = new Reserve(path, clock);
  const size = async () => {
    reserve.maintain();
    await reserve.made();
    return (await Array.fromAsync(Deno.readDir(folder.path))).length === 0
      ? undefined
      : (await Deno.stat(`${path}-reserve`)).size;
  };
  // A part of one, of a run that ended meanwhile.
  await Deno.writeTextFile(`${path}-reserve`, "part");
  const whole = await size();
  assert.equal(whole, 5 * 1024 ** 2);
  reserve.release();
  assert.equal(await size(), undefined);
  clock.advance(60_000);
  assert.equal(await size(), whole);
});
