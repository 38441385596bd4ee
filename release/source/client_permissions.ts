import config from "../../deno.json" with { type: "json" };

/**
 * A permission in its short form, so that `deno task` shows a short line: all network, reading and
 * writing; variables and system information (`-E`, `-S`) only by name.
 */
const PERMISSION = /^(?:--no-prompt|-[NRW]|-[ES]=[\w.,*-]+)$/;

/**
 * By what the task of the client starts quickly, besides its permissions
 * (docs/decisions/0101-least-of-a-start.md): a configuration without the packages of the others. A
 * release reads none.
 */
const CONFIG = "--config=client/run.json";

/**
 * Flags for V8, by which the client starts quickly and takes little memory
 * (docs/decisions/0099-two-mebibytes-of-a-batch.md).
 */
const V8_FLAGS = /^--v8-flags=[a-z0-9=,-]+$/;

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
  const flags = words.filter((word) => word !== CONFIG && !V8_FLAGS.test(word));
  const odd = flags.find((flag) => !PERMISSION.test(flag));
  if (deno !== "deno" || run !== "run" || main !== "client/main.ts" || odd !== undefined) {
    throw new Error(`The task "client" is not what a release can run: ${odd ?? command}`);
  }
  return flags;
}

/** Returns the flags for V8 of the client's task, which releases have too; empty if it has none. */
export function clientV8Flags(command: string = config.tasks.client.command): string[] {
  return command.split(" ").filter((word) => V8_FLAGS.test(word));
}
