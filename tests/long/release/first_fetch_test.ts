/** What a fresh clone fetches from the registry before its first server or client runs. */

import assert from "node:assert/strict";
import { join } from "node:path";
import importMap from "../../../import_map.json" with { type: "json" };
import { temporaryFolder } from "../../peers/temporary_folder.ts";
import { ON_LOOPBACK } from "../../end_to_end/fixtures/running_server.ts";
import { LIFE_LIMIT, ROOT } from "../../end_to_end/fixtures/program.ts";
import { npmHas } from "../../release/fixtures/npm_has.ts";

/** All that a server without a page imports from npm, and what that needs. */
const OF_THE_SERVER = ["@logtape/logtape"];

const [, version = ""] = importMap.imports.hono.split("@");
const ignore = Deno.build.os === "windows" || !await npmHas("hono", version);

/** The files of the project as a clone has them, in `folder`. */
async function clone(folder: string): Promise<string> {
  const home = join(folder, "project");
  await Deno.mkdir(home);
  for (const file of ["deno.json", "deno.lock", "import_map.json", "port.info"]) {
    await Deno.copyFile(join(ROOT, file), join(home, file));
  }
  for (const part of ["client", "server", "shared"]) {
    await Deno.symlink(join(ROOT, part), join(home, part));
  }
  return home;
}

/** The packages in a folder of Deno's, without their versions. */
function packagesIn(cache: string): readonly string[] {
  const found: string[] = [];
  const names = (...path: readonly string[]) => {
    try {
      return Array.from(Deno.readDirSync(join(cache, "npm", ...path)), ({ name }) => name);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return [];
      throw error;
    }
  };
  for (const registry of names()) {
    for (const name of names(registry)) {
      if (!name.startsWith("@")) found.push(name);
      else found.push(...names(registry, name).map((below) => `${name}/${below}`));
    }
  }
  return found.sort();
}

/**
 * Runs a task of a fresh clone with an empty cache; what it has fetched by its first line. A
 * server is told to stop then. A client ends by itself, and a signal could come before it has.
 */
async function fetchedBy(task: "server" | "client", ...args: readonly string[]) {
  await using folder = await temporaryFolder();
  const home = await clone(folder.path);
  const cache = join(folder.path, "cache");
  const child = new Deno.Command(Deno.execPath(), {
    args: ["task", "--quiet", task, ...args],
    cwd: home,
    env: { DENO_DIR: cache, INIT_CWD: folder.path, NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const hanging = setTimeout(() => child.kill("SIGKILL"), LIFE_LIMIT);
  const stderr = new Response(child.stderr).text();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const { value: said = "" } = await reader.read();
  const packages = packagesIn(cache);
  if (task === "server") child.kill("SIGTERM");
  while (!(await reader.read()).done);
  const { code } = await child.status;
  clearTimeout(hanging);
  return { code, said, packages, stderr: await stderr };
}

Deno.test({
  name: "A first deno task server fetches what the server needs, and nothing of the tests",
  ignore,
  async fn() {
    const data = ["--data", "data"];
    const { code, said, packages, stderr } = await fetchedBy("server", ...ON_LOOPBACK, ...data);
    assert.match(said, /^listening on 127\.0\.0\.1:\d+\n/, stderr);
    assert.equal(code, 0, stderr);
    assert.deepEqual(packages, OF_THE_SERVER);
  },
});

Deno.test({
  name: "A first deno task client fetches nothing",
  ignore,
  async fn() {
    const { code, said, packages, stderr } = await fetchedBy("client", "--version");
    assert.match(said, /^sealpost /, stderr);
    assert.equal(code, 0, stderr);
    assert.deepEqual(packages, []);
  },
});
