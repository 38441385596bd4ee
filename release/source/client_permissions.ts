import config from "../../deno.json" with { type: "json" };

/**
 * A permission in its short form, so that `deno task` shows a short line: all network, reading and
 * writing; variables and system information (`-E`, `-S`) only by name.
 */
const PERMISSION = /^(?:--no-prompt|-[NRW]|-[ES]=[\w.,*-]+)$/;

/**
 * By what the task of the client starts quickly (docs/decisions/0057-start-of-the-client.md) and
 * takes little memory (docs/decisions/0099-two-mebibytes-of-a-batch.md), besides its permissions. A
 * release has fewer modules, and a launcher with flags of its own.
 */
const QUICK: ReadonlySet<string> = new Set([
  "--v8-flags=--min-semi-space-size=4,--max-semi-space-size=4",
]);

/**
 * Returns the permissions of the client as flags: those of its task in `deno.json`, so that a
 * binary, a package and the task have the same permissions. They are words without shell quotes;
 * one may contain a `*`. Throws unless the task is `deno run`, such flags, and the client.
 */
export function clientPermissions(command: string = config.tasks.client.command): string[] {
  // A program that is started directly runs in the user's folder already.
  const [deno, run, ...words] = command.replace(/ --from "\$INIT_CWD"$/, "").split(" ").map((
    word,
  ) => word.replace(/='([^']*)'$/, "=$1"));
  const main = words.pop();
  const flags = words.filter((word) => !QUICK.has(word));
  const odd = flags.find((flag) => !PERMISSION.test(flag));
  if (deno !== "deno" || run !== "run" || main !== "client/main.ts" || odd !== undefined) {
    throw new Error(`The task "client" is not what a release can run: ${odd ?? command}`);
  }
  return flags;
}
