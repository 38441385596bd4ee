/** The disk has room again some seconds after something is removed, as docs/storage.md says. */

import { notStrictEqual, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { ON_LOOPBACK, RunningServer } from "../../end_to_end/fixtures/running_server.ts";
import { runClient } from "../../end_to_end/fixtures/in_process.ts";
import { temporaryFolder } from "../../peers/temporary_folder.ts";
import { until } from "../cluster/until.ts";

Deno.test("what is removed leaves the disk, also after a restart", async () => {
  await using folder = await temporaryFolder();
  const [data, config] = [join(folder.path, "data"), join(folder.path, "maya")];
  const file = join(folder.path, "big.bin");
  await Deno.mkdir(config);
  await Deno.writeFile(file, new Uint8Array(200_000));
  const run = async (args: readonly string[]) => {
    const { code, stderr } = await runClient([...args, "--dir", config, "--quiet"]);
    strictEqual(code, 0, stderr);
  };
  const gone = () => until(async () => await contentsIn(data) === 0);
  {
    await using server = await RunningServer.start(data, { args: ON_LOOPBACK });
    await run(["login", await server.printed(/^sealpost:/), "--name", "maya"]);
    await run(["send", file]);
    notStrictEqual(await contentsIn(data), 0);
    await run(["rm", "big.bin"]);
    await gone();
    await run(["send", file]);
    await run(["rm", "big.bin"]);
  }
  await using _again = await RunningServer.start(data, { args: ON_LOOPBACK });
  await gone();
});

/** The number of files below the folder of contents. */
async function contentsIn(data: string): Promise<number> {
  let count = 0;
  try {
    for await (const { name } of Deno.readDir(join(data, "contents"))) {
      for await (const _file of Deno.readDir(join(data, "contents", name))) count++;
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return count;
}
