import { ROOT } from "../root.ts";

/**
 * Returns the commit of the source for `--version`, and whether the source has been changed since.
 * It is unknown without Git, or outside of a repository.
 */
export async function sourceCommit(folder: string = ROOT): Promise<string> {
  const commit = await git(folder, ["rev-parse", "--verify", "HEAD"]);
  const top = await git(folder, ["rev-parse", "--show-prefix"]);
  // An unpacked archive may be inside the repository of another project.
  if (commit === undefined || top !== "") return "unknown commit";
  // An untracked file can be part of a release only if a tracked one has changed.
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
