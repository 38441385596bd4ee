import config from "../../deno.json" with { type: "json" };

/**
 * A permission in its short form, so that `deno task` shows a short line: all network, reading and
 * writing; variables and system information (`-E`, `-S`) only by name.
 */
const FLAG = /^(?:--no-prompt|-[NRW]|-[ES]=[\w.,*-]+)$/;

/**
 * Returns the permissions of the client as flags: those of its task in `deno.json`, so that a
 * binary, a package and the task have the same permissions. They are words without shell quotes;
 * one may contain a `*`. Throws unless the task is `deno run`, such flags, and the client.
 */
export function clientPermissions(command: string = config.tasks.client.command): string[] {
  // A program that is started directly runs in the user's folder already.
  const [deno, run, ...flags] = command.replace(/ --from "\$INIT_CWD"$/, "").split(" ").map((
    word,
  ) => word.replace(/='([^']*)'$/, "=$1"));
  const main = flags.pop();
  const odd = flags.find((flag) => !FLAG.test(flag));
  if (deno !== "deno" || run !== "run" || main !== "client/main.ts" || odd !== undefined) {
    throw new Error(`The task "client" is not what a release can run: ${odd ?? command}`);
  }
  return flags;
}
