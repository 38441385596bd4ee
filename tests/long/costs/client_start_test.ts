/** The processor time of a client that sends a small file, beside a program that does nothing. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { temporaryFolder } from "../../peers/temporary_folder.ts";
import { clientWords, NO_BASH, runCosts } from "../../costs/run_costs.ts";
import { makeFile } from "../../end_to_end/fixtures/client_folder.ts";
import { runClient } from "../../end_to_end/fixtures/program.ts";
import { RunningServer } from "../../end_to_end/fixtures/running_server.ts";

/**
 * Pairs of runs at the least and at the most, so that what else runs here slows both. The least of
 * each counts, and it ends as soon as that holds.
 */
const LEAST_PAIRS = 3;
const MOST_PAIRS = 40;

/** The client's processor time at the most, in times that of a program that does nothing. */
const MOST_TIME = 2.5;

Deno.test({
  name: `A client that sends a small file takes little more than Deno itself${NO_BASH}`,
  ignore: NO_BASH !== "",
  async fn() {
    await using data = await temporaryFolder();
    await using home = await temporaryFolder();
    await using server = await RunningServer.here(data.path);
    const { path } = await makeFile(home.path, { name: "small.bin", size: 1024 });
    const flags = ["--dir", home.path, "--server", server.address, "--quiet", path];
    assert.equal((await runClient([...flags, "--name", "Quick"])).code, 0);
    const nothing = join(home.path, "nothing.ts");
    await Deno.writeTextFile(nothing, "export {};\n");
    const client = clientWords(flags);
    const beside = ["run", "--no-prompt", nothing];
    // What is loaded for the first time is compiled then.
    for (const args of [client, beside]) await runCosts(args);
    const least = { client: Infinity, nothing: Infinity };
    const ratio = () => least.client / least.nothing;
    const isDue = (pair: number) => pair < LEAST_PAIRS || pair < MOST_PAIRS && ratio() > MOST_TIME;
    for (let pair = 0; isDue(pair); pair++) {
      least.client = Math.min(least.client, (await runCosts(client)).processor);
      least.nothing = Math.min(least.nothing, (await runCosts(beside)).processor);
    }
    assert(ratio() <= MOST_TIME, `${ratio()} times that of a program that does nothing`);
  },
});
