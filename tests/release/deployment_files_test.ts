/** Workflows, the unit and the container file: what they name is there, and they may do little. */

import assert from "node:assert/strict";
import { join } from "node:path";
import config from "../../deno.json" with { type: "json" };
import { LOG } from "../../release/package/launcher.ts";
import { RUNTIME_DIGESTS } from "../../release/package/runtime_digests.ts";
import { runProgram } from "../end_to_end/fixtures/in_process.ts";
import { ROOT } from "../end_to_end/fixtures/program.ts";

const WORKFLOWS = [".github/workflows/ci.yml", ".github/workflows/release.yml"];
const PACKAGING = ["packaging/sealpost.service", "packaging/Containerfile"];

function read(path: string): Promise<string> {
  return Deno.readTextFile(join(ROOT, path));
}

/** All that a pattern's first group matches in a text. */
function all(text: string, pattern: RegExp): string[] {
  return Array.from(text.matchAll(pattern), ([, found = ""]) => found);
}

for (const path of [...WORKFLOWS, ...PACKAGING]) {
  Deno.test(`Every task and file that ${path} names exists`, async () => {
    const text = (await read(path)).replaceAll('", "', " ");
    const tasks = all(text, /deno task (?:--quiet )?([a-z][\w-]*)/g);
    assert(tasks.length > 0);
    for (const task of tasks) assert(task in config.tasks, task);
    const files = all(text, /(?:uses: \.\/|--entrypoint |--file )(\S+)/g);
    const copied = all(text, /^COPY (.+) \S+$/gm).flatMap((list) => list.split(" "));
    for (const file of [...files, ...copied]) await Deno.stat(join(ROOT, file));
  });
}

for (const path of WORKFLOWS) {
  Deno.test(`${path} grants no job more than it says, and pins what it uses`, async () => {
    const text = await read(path);
    assert.match(text, /^permissions: \{\}$/m);
    const [, jobs = ""] = text.split(/^jobs:$/m);
    const blocks = jobs.split(/^ {2}(?=[a-z]+:$)/m).slice(1);
    assert(blocks.length > 0);
    for (const block of blocks) assert.match(block, /^ {4}permissions:$/m, block);
    const used = all(text, /uses: (?!\.\/)(.*)/g);
    assert(used.length > 0);
    // A tag can be moved to other code, a commit cannot.
    for (const action of used) {
      assert.match(action, /^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
    }
    // What others may have chosen, such as the name of a branch, is never part of a script.
    for (const script of all(text, /run: (.*)/g)) assert.doesNotMatch(script, /\$\{\{/);
    assert.doesNotMatch(text, /\bwrite-all\b/);
  });
}

for (const path of PACKAGING) {
  Deno.test(`${path} sets variables of the server, explained in three lines`, async () => {
    const text = await read(path);
    const { stdout } = await runProgram("server", ["--help"]);
    const known = all(stdout, /Also:\s+(SEALPOST_\w+)/g);
    const named = all(text, /\b(SEALPOST_\w+)=/g);
    assert(named.includes("SEALPOST_DATA"));
    for (const variable of named) assert(known.includes(variable), variable);
    assert.deepEqual(all(text, /^# (\d)\. /gm), ["1", "2", "3"]);
  });
}

Deno.test("Workflows and the container file have the Deno that the README names", async () => {
  const versions = new Set(all(await read("README.md"), /deno@(\d+\.\d+\.\d+)/g));
  assert.equal(versions.size, 1);
  const [version = ""] = versions;
  for (const path of [...WORKFLOWS, "packaging/Containerfile"]) {
    assert((await read(path)).includes(version), path);
  }
  assert(`deno@${version}` in RUNTIME_DIGESTS, "the digests of what goes into packages");
});

Deno.test("Each image that the container file builds on is named by its digest", async () => {
  const bases = all(await read("packaging/Containerfile"), /^FROM (.*)$/gm);
  assert(bases.length > 0);
  for (const base of bases) assert.match(base, /^\S+:\d+\.\d+\.\d+@sha256:[0-9a-f]{64}( AS \w+)?$/);
});

Deno.test("Only the release job may write, in a protected environment", async () => {
  const [, jobs = ""] = (await read(".github/workflows/release.yml")).split(/^jobs:$/m);
  for (const block of jobs.split(/^ {2}(?=[a-z]+:$)/m).slice(1)) {
    const isPublish = block.startsWith("publish:");
    assert.equal(/contents: write/.test(block), isPublish, block);
    assert.equal(/^ {4}environment: release$/m.test(block), isPublish, block);
  }
});

Deno.test("On a terminal the container shows as little of Deno's cache as a package", async () => {
  assert((await read("packaging/Containerfile")).includes(` DENO_LOG=${LOG} `));
});
