/** A file in nearly as many packets as can be numbered. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { temporaryFolder } from "../peers/temporary_folder.ts";
import { runClient } from "../end_to_end/fixtures/in_process.ts";
import { databaseIn, fileRows } from "../end_to_end/fixtures/data_folder.ts";
import { RunningServer } from "../end_to_end/fixtures/running_server.ts";

Deno.test("A file of 65,472 packets arrives as it is", async () => {
  await using data = await temporaryFolder();
  await using home = await temporaryFolder();
  await using server = await RunningServer.here(data.path);
  const path = join(home.path, "sparse.bin");
  await Deno.writeFile(path, new Uint8Array(0));
  await Deno.truncate(path, 65_535 * 1024);
  const { code, stderr } = await runClient([
    ...["--dir", home.path, "--server", server.address, "--name", "Many", "--quiet"],
    ...["--packet-size", "1025", path],
  ]);
  assert.equal(code, 0, stderr);
  const [row] = fileRows(databaseIn(data.path));
  assert.deepEqual([row?.size, row?.verified], [65_535 * 1024, 1]);
});
