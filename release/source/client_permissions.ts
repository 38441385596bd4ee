import config from "../../deno.json" with { type: "json" };

/**
 * A permission in its short form, which keeps to a line what `deno task` shows: network, reading
 * and writing as a whole, variables and facts of the system (`-E`, `-S`) only by their names.
 */
const FLAG = /^(?:--no-prompt|-[NRW]|-[ES]=[\w.,*-]+)$/;

/**
 * The permissions of the client, as flags: those of its task in `deno.json`, so that a binary, a
 * package and the task may do the same. They are words, without the quotes of a shell, and one may
 * hold a `*`. Throws when the task is not `deno run`, such flags, and the client.
 */
export function clientPermissions(command: string = config.tasks.client.command): string[] {
  // Where the user is, a program knows that is started there.
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
