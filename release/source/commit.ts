import { ROOT } from "../root.ts";

/**
 * What the source is, for `--version`: its commit, and whether it has been changed since. Without
 * Git, or outside of a repository, that is not known.
 */
export async function sourceCommit(folder: string = ROOT): Promise<string> {
  const commit = await git(folder, ["rev-parse", "--verify", "HEAD"]);
  const top = await git(folder, ["rev-parse", "--show-prefix"]);
  // An unpacked archive may lie in the repository of something else.
  if (commit === undefined || top !== "") return "unknown commit";
  // A file that Git does not know of is in a release only when one that it knows has changed.
  const changes = await git(folder, ["status", "--porcelain", "--untracked-files=no"]);
  return changes === "" ? `commit ${commit}` : `commit ${commit} with changes`;
}

async function git(cwd: string, args: readonly string[]): Promise<string | undefined> {
  const command = new Deno.Command("git", { args: [...args], cwd, stdin: "null", stderr: "null" });
  try {
    const { success, stdout } = await command.output();
    return success ? new TextDecoder().decode(stdout).trim() : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotCapable) {
      return undefined;
    }
    throw error;
  }
}
