import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { temporaryFolder } from "../../tests/peers/temporary_folder.ts";
import { runDeno } from "../run_deno.ts";

const WITH_GIT = fileURLToPath(
  new URL("../../tests/release/fixtures/with_git.ts", import.meta.url),
);

/** What a line for the shell prints, with its arguments from `$0` on. */
async function shell(line: string, args: readonly string[], cwd?: string): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command("sh", {
    args: ["-c", line, ...args],
    ...(cwd !== undefined && { cwd }),
    // Not those of a hook of this repository, which would be meant then.
    clearEnv: true,
    env: { PATH: Deno.env.get("PATH") ?? "" },
  }).output();
  const text = new TextDecoder();
  assert(success, text.decode(stderr));
  return text.decode(stdout).trim();
}

/** What Git prints in a folder; by a shell, since tests may not run Git. */
async function git(folder: string, ...args: readonly string[]): Promise<string> {
  const line = 'exec git -c user.name=Test -c user.email=test@example.org "$@"';
  return await shell(line, ["git", ...args], folder);
}

/** Copies a folder with all that is in it. */
async function copied(from: string, to: string): Promise<void> {
  await shell('exec cp -R "$1" "$2"', ["cp", from, to]);
}

/** What `sourceCommit()` makes of each of some folders. */
async function commitsOf(folders: readonly string[]): Promise<readonly string[]> {
  const flags = ["--allow-read", "--allow-run=git", "--allow-env=PATH", "--no-prompt"];
  const { success, stdout, stderr } = await runDeno(["run", ...flags, WITH_GIT, ...folders]);
  assert(success, stderr);
  return stdout.trimEnd().split("\n");
}

Deno.test("sourceCommit() is the commit, and tells of changes since", async () => {
  await using folder = await temporaryFolder();
  const [begun, committed, beside, changed] = ["begun", "committed", "beside", "changed"]
    .map((name) => join(folder.path, name)) as [string, string, string, string];
  await Deno.mkdir(begun);
  await git(begun, "init", "--quiet");
  await copied(begun, committed);
  await Deno.writeTextFile(join(committed, "file"), "one");
  await git(committed, "add", "file");
  await git(committed, "commit", "--quiet", "--message", "One");
  const commit = await git(committed, "rev-parse", "HEAD");
  assert.match(commit, /^[0-9a-f]{40}/);
  await copied(committed, beside);
  await Deno.writeTextFile(join(beside, "other"), "not known to Git");
  await copied(committed, changed);
  await Deno.writeTextFile(join(changed, "file"), "two");
  assert.deepEqual(await commitsOf([begun, committed, beside, changed]), [
    ...["unknown commit", `commit ${commit}`, `commit ${commit}`],
    `commit ${commit} with changes`,
  ]);
});

Deno.test("sourceCommit() reads neither a foreign repository nor a missing one", async () => {
  await using folder = await temporaryFolder();
  const [missing, foreign] = ["missing", "foreign"]
    .map((name) => join(folder.path, name)) as [string, string];
  await Deno.mkdir(missing);
  await Deno.mkdir(foreign);
  await git(foreign, "init", "--quiet");
  await git(foreign, "commit", "--quiet", "--allow-empty", "--message", "Other");
  const inside = join(foreign, "sealpost");
  await Deno.mkdir(inside);
  assert.deepEqual(await commitsOf([missing, inside]), ["unknown commit", "unknown commit"]);
});
