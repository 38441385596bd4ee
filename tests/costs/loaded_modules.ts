import { join } from "node:path";
import { temporaryFolder } from "../peers/temporary_folder.ts";
import { ROOT, taskWords } from "../end_to_end/fixtures/program.ts";
import { FLAGS } from "./executed.ts";

/** What came of a client, and what it loaded. */
export interface LoadingRun {
  readonly code: number;
  readonly stdout: string;
  /** It has a line for each global whose use loads modules of Node; see `note_globals.ts`. */
  readonly stderr: string;
  /** The addresses of the modules that were loaded. */
  readonly modules: readonly string[];
  /** How often their functions, branches and loops were executed: the same on every machine. */
  readonly steps: number;
}

/** What one module leaves of a run with `--coverage`. */
interface Covered {
  readonly url: string;
  readonly functions: readonly { readonly ranges: readonly { readonly count: number }[] }[];
}

const NOTING = new URL("note_globals.ts", import.meta.url).href;

/** Runs the client with the permissions of its task, and notes what it loads and executes. */
export async function runLoading(args: readonly string[]): Promise<LoadingRun> {
  await using coverage = await temporaryFolder();
  const [, ...words] = taskWords("client").filter((word) => !word.startsWith("--v8-flags="));
  const main = words.pop() ?? "";
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...[...words, FLAGS, `--coverage=${coverage.path}`, `--preload=${NOTING}`],
      ...[join(ROOT, main), ...args],
    ],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
  }).output();
  const decoder = new TextDecoder();
  const covered = (await coveredIn(coverage.path)).filter(({ url }) => url !== NOTING);
  const counts = covered.flatMap(({ functions }) => functions.flatMap(({ ranges }) => ranges));
  return {
    ...{ code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) },
    modules: covered.map(({ url }) => url),
    steps: counts.reduce((sum, { count }) => sum + count, 0),
  };
}

async function coveredIn(folder: string): Promise<readonly Covered[]> {
  const covered: Covered[] = [];
  for await (const { name } of Deno.readDir(folder)) {
    if (!name.endsWith(".json")) continue;
    covered.push(JSON.parse(await Deno.readTextFile(join(folder, name))));
  }
  return covered;
}
