/**
 * What a client loads that sends a small file: counted, since times are never the same. Its start is most
 * of the time that it takes (docs/performance.md).
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { temporaryFolder } from "../../server/storage/testing/temporary_folder.ts";
import { makeFile } from "../end_to_end/fixtures/client_folder.ts";
import { ROOT, runClient, taskWords } from "../end_to_end/fixtures/program.ts";
import { RunningServer } from "../end_to_end/fixtures/running_server.ts";

/** Modules of our own that are enough to send a file, with room for a few more. */
const MOST_MODULES = 97;

Deno.test("A client that sends a small file loads only its own modules, and few of them", async () => {
  await using data = await temporaryFolder();
  await using home = await temporaryFolder();
  await using coverage = await temporaryFolder();
  await using server = await RunningServer.start(data.path);
  const { path } = await makeFile(home.path, { name: "small.bin", size: 1024 });
  const flags = ["--dir", home.path, "--server", server.address, "--quiet", path];
  // Registers: to make keys takes Node's modules.
  assert.equal((await runClient([...flags, "--name", "Quick"])).code, 0);

  const [, ...words] = taskWords("client");
  const main = words.pop() ?? "";
  const noting = new URL("note_globals.ts", import.meta.url).href;
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...words,
      `--coverage=${coverage.path}`,
      `--preload=${noting}`,
      join(ROOT, main),
      ...flags,
    ],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
  }).output();
  assert.equal(new TextDecoder().decode(stderr), "");
  assert.equal(code, 0);

  const modules = (await loaded(coverage.path)).filter((module) => module !== noting);
  const root = pathToFileURL(ROOT).href;
  assert(modules.includes(`${root}${main}`));
  assert(modules.length <= MOST_MODULES, `${modules.length} modules`);
  for (const module of modules) {
    assert.match(module.slice(root.length), /^(?:client|shared)\//);
    const code = await Deno.readTextFile(new URL(module));
    for (const [, source = ""] of code.matchAll(/^import (?!type )[^;]*?"([^"]*)";$/gm)) {
      assert(source.startsWith("."), `${module} imports "${source}"`);
    }
  }
});

Deno.test("A client that is asked for its version alone does not load the library for it", async () => {
  await using coverage = await temporaryFolder();
  const [, ...words] = taskWords("client");
  const { code, stdout } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...words.slice(0, -1),
      `--coverage=${coverage.path}`,
      join(ROOT, words.at(-1) ?? ""),
      "--version",
    ],
    cwd: ROOT,
  }).output();
  assert.equal(code, 0);
  assert.match(new TextDecoder().decode(stdout), /^sealpost [^\n]*\)\n$/);
  const modules = await loaded(coverage.path);
  assert(modules.some((module) => module.endsWith("/client/run_client.ts")));
  assert(!modules.some((module) => /command_line\/run_command_line|optique/.test(module)));
});

/** The modules that a program with `--coverage` has loaded. */
async function loaded(folder: string): Promise<readonly string[]> {
  const urls: string[] = [];
  for await (const { name } of Deno.readDir(folder)) {
    if (!name.endsWith(".json")) continue;
    const { url } = JSON.parse(await Deno.readTextFile(join(folder, name)));
    urls.push(url);
  }
  return urls;
}
