import { join } from "node:path";
import { Lines } from "../../tests/end_to_end/fixtures/lines.ts";
import { ON_LOOPBACK } from "../../tests/end_to_end/fixtures/running_server.ts";
import { wordsOf } from "../../tests/end_to_end/fixtures/program.ts";
import { type Command, timed } from "./timed.ts";

/** A version of the project in a folder of its own: its server as a process, and its client. */
export interface Version extends AsyncDisposable {
  /** `HOST:PORT` of the server. */
  readonly address: string;
  /** The id of the server's process. */
  readonly pid: number;
  /** The client, which is registered, sending files over protocol 3. */
  send(files: readonly string[]): Command;
}

/** Starts the server of the project in the folder `root`, and registers its client. */
export async function startVersion(root: string, folder: string): Promise<Version> {
  const home = join(folder, "client");
  await Deno.mkdir(home, { recursive: true });
  const args = [...ON_LOOPBACK, "--data", join(folder, "data"), "--log-level", "warning"];
  const [program, ...words] = await commandOf(root, "server");
  const child = new Deno.Command(program, {
    args: [...words, ...args],
    cwd: root,
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const stdout = new Lines(child.stdout);
  const stop = async () => {
    child.kill("SIGTERM");
    await child.status;
    await stdout.done;
  };
  try {
    const [, address = ""] = /^listening on (\S+)$/.exec(await stdout.find(/^listening on/)) ?? [];
    const client = await commandOf(root, "client");
    const send = (files: readonly string[]): Command => [
      ...client,
      ...["--dir", home, "--quiet", "--server", address, ...files],
    ];
    const first = join(folder, "first.bin");
    await Deno.writeFile(first, new Uint8Array(1024));
    await timed([...send([first]), "--name", "bench"]);
    return { address, pid: child.pid, send, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The command of a task of a project, without the shell that runs tasks. */
async function commandOf(root: string, task: "server" | "client"): Promise<Command> {
  const { tasks } = JSON.parse(await Deno.readTextFile(join(root, "deno.json")));
  const [, ...words] = wordsOf(tasks[task].command, join(root, "/"));
  const main = words.pop() ?? "";
  return [Deno.execPath(), ...words, join(root, main)];
}
