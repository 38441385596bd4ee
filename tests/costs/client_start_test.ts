/**
 * What the start of a client takes that sends a small file, which is most of the time that it takes
 * (docs/performance.md): the modules that it loads, and processor time beside a program that does
 * nothing.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { temporaryFolder } from "../../server/storage/testing/temporary_folder.ts";
import { makeFile } from "../end_to_end/fixtures/client_folder.ts";
import { ROOT, runClient } from "../end_to_end/fixtures/program.ts";
import { RunningServer } from "../end_to_end/fixtures/running_server.ts";
import { runLoading } from "./loaded_modules.ts";
import { clientWords, NO_BASH, runCosts } from "./run_costs.ts";

/** Modules of our own that are enough to send a file, with room for a few more. */
const MOST_MODULES = 62;

Deno.test("A client that sends a small file loads few modules, all its own", async () => {
  await using data = await temporaryFolder();
  await using home = await temporaryFolder();
  await using server = await RunningServer.here(data.path);
  const { path } = await makeFile(home.path, { name: "small.bin", size: 1024 });
  const flags = ["--dir", home.path, "--server", server.address, "--quiet", path];
  // Registers: to make keys takes Node's modules.
  assert.equal((await runClient([...flags, "--name", "Quick"])).code, 0);

  const { code, stderr, modules } = await runLoading(flags);
  assert.equal(stderr, "");
  assert.equal(code, 0);

  const root = pathToFileURL(ROOT).href;
  assert(modules.includes(`${root}client/main.ts`));
  assert(modules.length <= MOST_MODULES, `${modules.length} modules`);
  for (const module of modules) {
    assert.match(module.slice(root.length), /^(?:client|shared)\//);
    const code = await Deno.readTextFile(new URL(module));
    for (const [, source = ""] of code.matchAll(/^import (?!type )[^;]*?"([^"]*)";$/gm)) {
      assert(source.startsWith("."), `${module} imports "${source}"`);
    }
  }
});

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

Deno.test("A client that is asked for its version alone loads nothing for help", async () => {
  const { code, stdout, modules } = await runLoading(["--version"]);
  assert.equal(code, 0);
  assert.match(stdout, /^sealpost [^\n]*\)\n$/);
  assert(modules.some((module) => module.endsWith("/client/run_client.ts")));
  assert(!modules.some((module) => /settings\/(?:help|command_texts)\.ts$/.test(module)));
});
