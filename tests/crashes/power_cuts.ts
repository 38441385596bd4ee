import { ok } from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { temporaryFolder } from "../peers/temporary_folder.ts";
import { randomSeed, SeededRandom } from "../chance/seeded_random.ts";
import { CutDisk, writeImage } from "./cut_disk.ts";
import { diskCalls, TRACE_FLAGS } from "./disk_calls.ts";

const CONFIG = fileURLToPath(new URL("../../deno.json", import.meta.url));

/** Before one in so many calls a random mix is found. */
const MIXED = 20;

/** Starts that are made at a time: each waits for the disk most of its time. */
const AT_A_TIME = 6;

export interface PowerCutOptions<Note> {
  /** A program that works in the folder it is given, and prints what was promised as JSON. */
  readonly program: URL;
  /** File descriptors that it may have. Default: as many as the system allows. */
  readonly descriptors?: number;
  /** Fails unless all is in a folder that was promised, for instance after a start there. */
  readonly check: (data: string, notes: readonly Note[]) => Promise<void>;
}

/** What came of it. */
export interface PowerCuts<Note> {
  /** How often the power failed. */
  readonly cuts: number;
  /** All that the program said. */
  readonly notes: readonly Note[];
}

/**
 * Runs a program while its calls are traced, and has the power fail between any two that change the
 * disk: before each sync ends, and sometimes elsewhere, with any mix of what was not synced.
 */
export async function powerCuts<Note>(
  { program, descriptors, check }: PowerCutOptions<Note>,
): Promise<PowerCuts<Note>> {
  await using traced = await temporaryFolder();
  await using data = await temporaryFolder();
  const file = `${traced.path}/trace`;
  const rights = ["--no-prompt", "--allow-read", "--allow-write", "--allow-sys"];
  const { code, stderr } = await run([
    ...["strace", ...TRACE_FLAGS, "-o", file],
    ...[Deno.execPath(), "run", "-q", "--config", CONFIG, ...rights],
    ...[fileURLToPath(program), data.path],
  ], descriptors);
  ok(code === 0, stderr);

  const seed = randomSeed();
  const chance = new SeededRandom(seed);
  const disk = new CutDisk(data.path);
  const notes: Note[] = [];
  const starting = new Set<Promise<void>>();
  const faults: Error[] = [];
  let [calls, cuts] = [0, 0];
  const cut = async (where: string, mixed?: SeededRandom) => {
    cuts++;
    const message = `After ${calls} calls, seed ${seed}, ${where}`;
    const image = disk.image(mixed);
    const promised = [...notes];
    const began = (async () => {
      await using found = await temporaryFolder();
      await writeImage(found.path, image);
      await check(found.path, promised);
    })().catch((cause) => void faults.push(new Error(message, { cause })))
      .finally(() => starting.delete(began));
    starting.add(began);
    if (starting.size >= AT_A_TIME) await Promise.race(starting);
  };
  for (const call of diskCalls(await Deno.readTextFile(file), data.path)) {
    if (faults.length > 0) break;
    if (call.kind === "note") {
      notes.push(JSON.parse(call.text));
      continue;
    }
    const where = `before ${call.kind} of ${call.path}`;
    // Nothing else changes what is synced.
    if (call.kind === "sync") await cut(where);
    if (chance.below(MIXED) === 0) await cut(where, chance);
    disk.apply(call);
    calls++;
  }
  await cut("at the end");
  await Promise.all(starting);
  for (const fault of faults) throw fault;
  return { cuts, notes };
}

/** Whether programs can be traced here. */
export async function hasTracer(): Promise<boolean> {
  if (Deno.build.os !== "linux") return false;
  return (await run(["strace", ...TRACE_FLAGS, "-o", "/dev/null", "true"])).code === 0;
}

async function run([program = "", ...args]: readonly string[], descriptors?: number) {
  // By way of the shell, the only right that the tests need is that to run it.
  const limit = descriptors === undefined ? "" : `ulimit -n ${descriptors} && `;
  const command = new Deno.Command("sh", { args: ["-c", `${limit}"$0" "$@"`, program, ...args] });
  const { code, stderr } = await command.output();
  return { code, stderr: new TextDecoder().decode(stderr) };
}
