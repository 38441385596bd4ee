import { strictEqual } from "node:assert/strict";
import { temporaryFolder } from "../../peers/temporary_folder.ts";
import { runClient } from "../../end_to_end/fixtures/in_process.ts";
import { expectPlain } from "./expect_plain.ts";
import { HostileServer } from "./hostile_server.ts";
import { TIMEOUTS, withoutPauses } from "./without_pauses.ts";

/** Bytes of the larger of the files to send. */
export const LARGE: number = 2 * 1024 ** 2 + 7;

/** A client that has logged in to a hostile server, with a folder to fetch to and files to send. */
export interface Victim extends AsyncDisposable {
  readonly server: HostileServer;
  readonly folder: string;
  readonly run: (...words: readonly string[]) => Promise<Told>;
}

/** What a command came to. */
export interface Told {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly reason: string | undefined;
}

/** Starts a server, and logs a client in to it that waits for it for so many seconds. */
export async function victim(timeout: number = TIMEOUTS.usual): Promise<Victim> {
  await using resources = new AsyncDisposableStack();
  const folder = resources.use(await temporaryFolder()).path;
  const server = resources.use(await HostileServer.start());
  await Deno.mkdir(`${folder}/config`);
  await Deno.mkdir(`${folder}/out`);
  await Deno.writeFile(`${folder}/small`, new Uint8Array(3));
  await Deno.writeFile(`${folder}/large`, new Uint8Array(LARGE));
  const clock = withoutPauses(timeout);
  const run = async (...words: readonly string[]) => {
    const flags = ["--timeout", `${timeout}`, "--dir", `${folder}/config`];
    const ended = await runClient([...words, ...flags], { clock });
    expectPlain(ended.stderr);
    const [line = ""] = ended.stdout.split("\n").filter((text) => text.includes('"reason"'));
    return { ...ended, reason: line === "" ? undefined : JSON.parse(line).reason };
  };
  const { code, stderr } = await run("login", server.text, "--name", "x");
  strictEqual(code, 0, stderr);
  const kept = resources.move();
  return { server, folder, run, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

/** All paths below a folder. */
export function below(folder: string, path = ""): readonly string[] {
  return [...Deno.readDirSync(`${folder}/${path}`)].flatMap(({ name, isDirectory }) =>
    isDirectory ? [`${path}${name}/`, ...below(folder, `${path}${name}/`)] : [`${path}${name}`]
  ).sort();
}
