/** What the server's doctor says of the room on its disks. */

import assert from "node:assert/strict";
import { join } from "node:path";

import type { JsonDoctor } from "../../server/upkeep/doctor/run_doctor.ts";
import { ran } from "../upkeep/ran.ts";
import { mayMount, smallDisk } from "./small_disk.ts";

const GIB = 1024 ** 3;
/** A bucket that is not there: a spool is examined all the same. */
const STORE = ["--store", "s3://bucket?endpoint=http://127.0.0.1:1"];
const KEYS = { AWS_ACCESS_KEY_ID: "a", AWS_SECRET_ACCESS_KEY: "b" };

const mounts = await mayMount();
const reason = mounts ? "" : " (ignored: no right to mount a tmpfs)";

/** What is said of the room for the data, and for the spool. */
async function rooms(...args: readonly string[]): Promise<readonly (string | undefined)[]> {
  const { out } = await ran("doctor", ["--json", ...args, ...STORE], { env: KEYS });
  const { checks }: JsonDoctor = JSON.parse(out);
  return ["room", "spool"].map((name) => {
    const found = checks.find(({ check }) => check === name);
    return found && `${found.status} ${found.message}${found.advice ? `; ${found.advice}` : ""}`;
  });
}

Deno.test({
  name: `doctor warns of a disk with less than 1 GiB, for the data and for the spool${reason}`,
  ignore: !mounts,
  async fn() {
    // A tmpfs has no more of its size in memory than what is written.
    await using large = await smallDisk(2 * GIB);
    await using small = await smallDisk(GIB / 2);
    assert(large && small);
    const [enough, little] = [/^ok There is room for 2 GiB in /, /^warn .* for 512 MiB in /];
    const cases: readonly (readonly [readonly string[], RegExp, RegExp])[] = [
      [["--data", large.path], enough, enough],
      [["--data", small.path], little, little],
      [["--data", large.path, "--spool", small.path], enough, little],
      [["--data", small.path, "--spool", large.path], little, enough],
      // It is made there.
      [["--data", large.path, "--spool", join(small.path, "spool")], enough, little],
    ];
    for (const [args, data, spool] of cases) {
      const [room = "", spooled = ""] = await rooms(...args);
      assert.match(room, data, args.join(" "));
      assert.match(spooled, spool, args.join(" "));
      if (data === little) assert.match(room, /; Make room, or move the data folder to a larger/);
      if (spool === little) assert.match(spooled, /; Make room, or name .* with --spool$/);
    }
  },
});
