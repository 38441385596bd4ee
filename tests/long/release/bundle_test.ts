import assert from "node:assert/strict";
import { temporaryFolder } from "../../peers/temporary_folder.ts";
import { VERSION } from "../../../shared/version.ts";
import { ROOT } from "../../../release/root.ts";
import { runDeno } from "../../../release/run_deno.ts";
import { bundleClient } from "../../../release/source/bundle.ts";

Deno.test("bundleClient() makes one file that needs nothing, the same in any folder", async () => {
  await using one = await temporaryFolder();
  await using other = await temporaryFolder();
  const source = "commit 1234 with changes";
  const { path, licences } = await bundleClient(one.path, source);
  const text = await Deno.readTextFile(path);
  const again = await bundleClient(other.path, source);
  assert.equal(await Deno.readTextFile(again.path), text);

  // The client is made of its own code alone.
  assert.deepEqual([...licences.keys()], []);
  const specifiers = [...text.matchAll(/^\s*(?:import|export)\b[^"]*"([^"]+)";$/gm)];
  for (const [, specifier = ""] of specifiers) assert.match(specifier, /^node:/);
  for (const local of [ROOT, one.path, "/npm/", '"../']) assert(!text.includes(local), local);
  assert.doesNotMatch(text, /^\/\/ (\.\.|\/|[A-Z]:)/m);
  assert(text.length < 2_000_000, `${text.length} characters`);

  const flags = ["--no-config", "--no-lock", "--no-npm", "--no-remote", "--no-prompt"];
  const run = ["run", ...flags, "--allow-env", path];
  const version = await runDeno([...run, "--version"], { cwd: one.path });
  assert.equal(
    version.stdout,
    `sealpost ${VERSION} (${source}, deno ${Deno.version.deno}, ${Deno.build.target})\n`,
    version.stderr,
  );
  const help = await runDeno([...run, "--help"], { cwd: one.path });
  assert.match(help.stdout, /^Usage: sealpost \[send\]/);
  assert.doesNotMatch(help.stdout, /deno task/);
});
