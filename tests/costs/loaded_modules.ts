import { join } from "node:path";
import { temporaryFolder } from "../../server/storage/testing/temporary_folder.ts";
import { ROOT, taskWords } from "../end_to_end/fixtures/program.ts";

/** What came of a client, and what it loaded. */
export interface LoadingRun {
  readonly code: number;
  readonly stdout: string;
  /** It has a line for each global whose use loads modules of Node; see `note_globals.ts`. */
  readonly stderr: string;
  /** The addresses of the modules that were loaded. */
  readonly modules: readonly string[];
}

const NOTING = new URL("note_globals.ts", import.meta.url).href;

/** Runs the client with the permissions of its task, and notes what it loads. */
export async function runLoading(args: readonly string[]): Promise<LoadingRun> {
  await using coverage = await temporaryFolder();
  const [, ...words] = taskWords("client");
  const main = words.pop() ?? "";
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...[...words, `--coverage=${coverage.path}`, `--preload=${NOTING}`],
      ...[join(ROOT, main), ...args],
    ],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
  }).output();
  const decoder = new TextDecoder();
  const modules = (await covered(coverage.path)).filter((module) => module !== NOTING);
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr), modules };
}

/** The modules of which a run with `--coverage` has left something in a folder. */
async function covered(folder: string): Promise<readonly string[]> {
  const urls: string[] = [];
  for await (const { name } of Deno.readDir(folder)) {
    if (!name.endsWith(".json")) continue;
    const { url } = JSON.parse(await Deno.readTextFile(join(folder, name)));
    urls.push(url);
  }
  return urls;
}
