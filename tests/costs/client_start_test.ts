/**
 * What the start of a client loads that sends a small file, which is most of the time that it takes
 * (docs/performance.md). Its processor time is measured in tests/long/.
 */
import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";
import { temporaryFolder } from "../peers/temporary_folder.ts";
import { makeFile } from "../end_to_end/fixtures/client_folder.ts";
import { ROOT, runClient } from "../end_to_end/fixtures/program.ts";
import { RunningServer } from "../end_to_end/fixtures/running_server.ts";
import { runLoading } from "./loaded_modules.ts";

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

Deno.test("A client that is asked for its version alone loads nothing for help", async () => {
  const { code, stdout, modules } = await runLoading(["--version"]);
  assert.equal(code, 0);
  assert.match(stdout, /^sealpost [^\n]*\)\n$/);
  assert(modules.some((module) => module.endsWith("/client/run_client.ts")));
  assert(!modules.some((module) => /settings\/(?:help|command_texts)\.ts$/.test(module)));
});
