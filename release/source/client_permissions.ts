import config from "../../deno.json" with { type: "json" };

const FLAG = /^--(no-prompt|allow-[a-z]+(=[\w.,-]+)?)$/;

/**
 * The permissions of the client, as flags: those of its task in `deno.json`, so that a binary, a
 * package and the task may do the same. Throws when the task is not `deno run`, such flags, and the
 * client.
 */
export function clientPermissions(command: string = config.tasks.client.command): string[] {
  const [deno, run, ...flags] = command.split(" ");
  const main = flags.pop();
  const odd = flags.find((flag) => !FLAG.test(flag) || flag === "--allow-all");
  if (deno !== "deno" || run !== "run" || main !== "client/main.ts" || odd !== undefined) {
    throw new Error(`The task "client" is not what a release can run: ${odd ?? command}`);
  }
  return flags;
}
