import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { temporaryFolder } from "../../tests/peers/temporary_folder.ts";
import { runDeno } from "../run_deno.ts";

const WITH_GIT = fileURLToPath(
  new URL("../../tests/release/fixtures/with_git.ts", import.meta.url),
);

/** What Git prints in a folder; by a shell, since tests may not run Git. */
async function git(folder: string, ...args: readonly string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command("sh", {
    args: ["-c", 'exec git -c user.name=Test -c user.email=test@example.org "$@"', "git", ...args],
    cwd: folder,
    // Not those of a hook of this repository, which would be meant then.
    clearEnv: true,
    env: { PATH: Deno.env.get("PATH") ?? "" },
  }).output();
  const text = new TextDecoder();
  assert(success, text.decode(stderr));
  return text.decode(stdout).trim();
}

/** What `sourceCommit()` makes of a folder. */
async function commitOf(folder: string): Promise<string> {
  const flags = ["--allow-read", "--allow-run=git", "--allow-env=PATH", "--no-prompt"];
  const { success, stdout, stderr } = await runDeno(["run", ...flags, WITH_GIT, folder]);
  assert(success, stderr);
  return stdout;
}

Deno.test("sourceCommit() is the commit, and tells of changes since", async () => {
  await using folder = await temporaryFolder();
  const { path } = folder;
  await git(path, "init", "--quiet");
  assert.equal(await commitOf(path), "unknown commit");
  await Deno.writeTextFile(join(path, "file"), "one");
  await git(path, "add", "file");
  await git(path, "commit", "--quiet", "--message", "One");
  const commit = await git(path, "rev-parse", "HEAD");
  assert.match(commit, /^[0-9a-f]{40}/);
  assert.equal(await commitOf(path), `commit ${commit}`);
  await Deno.writeTextFile(join(path, "other"), "not known to Git");
  assert.equal(await commitOf(path), `commit ${commit}`);
  await Deno.writeTextFile(join(path, "file"), "two");
  assert.equal(await commitOf(path), `commit ${commit} with changes`);
});

Deno.test("sourceCommit() reads neither a foreign repository nor a missing one", async () => {
  await using folder = await temporaryFolder();
  assert.equal(await commitOf(folder.path), "unknown commit");
  await git(folder.path, "init", "--quiet");
  await git(folder.path, "commit", "--quiet", "--allow-empty", "--message", "Other");
  const inside = join(folder.path, "sealpost");
  await Deno.mkdir(inside);
  assert.equal(await commitOf(inside), "unknown commit");
});
