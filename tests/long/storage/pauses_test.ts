/** How long the event loop stands while the catalog waits for a lock, or for the disk. */

import { ok } from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { temporaryFolder } from "../../peers/temporary_folder.ts";

const WRITER = fileURLToPath(new URL("./steady_writes.ts", import.meta.url));
const CONFIG = fileURLToPath(new URL("../../../deno.json", import.meta.url));

/** Milliseconds that the event loop may stand. */
const LONGEST = 50;

/** A busy machine makes pauses of its own, but not each time: the best attempt counts. */
const ATTEMPTS = 6;

const tracer = await hasTracer();

/** What `steady_writes.ts` says. */
interface Said {
  readonly written: number;
  readonly refused: number;
  readonly longest: number;
}

interface Written extends Said {
  /** The lines of the tracer, if there was one. */
  readonly trace: string;
}

interface Writing {
  readonly path: string;
  readonly seconds: number;
  /** The program and flags of a tracer, which writes to `PATH.trace`. */
  readonly traced?: readonly string[];
}

async function write({ path, seconds, traced = [] }: Writing): Promise<Written> {
  // Only with all rights may it read how long it waited for a processor.
  const deno = [Deno.execPath(), "run", "-q", "--config", CONFIG, "--allow-all"];
  const words = [...traced, ...deno, WRITER, path, `${seconds}`];
  const { code, stdout, stderr } = await run(words);
  ok(code === 0, stderr);
  const trace = traced.length === 0 ? "" : await Deno.readTextFile(`${path}.trace`);
  return { ...JSON.parse(stdout) as Said, trace };
}

async function run([program = "", ...args]: readonly string[]) {
  // By way of the shell, the only right that the tests need is that to run it.
  const command = new Deno.Command("sh", { args: ["-c", '"$0" "$@"', program, ...args] });
  const { code, stdout, stderr } = await command.output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

async function hasTracer(): Promise<boolean> {
  if (Deno.build.os !== "linux") return false;
  return (await run(["strace", "-f", "--seccomp-bpf", "-qq", "-o", "/dev/null", "true"])).code ===
    0;
}

/** Calls `attempt` until its pause is short enough; returns the last result. */
async function atBest(attempt: (path: string) => Promise<Written>): Promise<Written> {
  for (let n = 1;; n++) {
    await using folder = await temporaryFolder();
    const written = await attempt(join(folder.path, "test.db"));
    if (written.longest < LONGEST || n === ATTEMPTS) return written;
  }
}

Deno.test("The event loop stops for under 50 ms while the database is locked", async () => {
  const { written, refused, longest } = await atBest(async (path) => {
    const writing = write({ path, seconds: 14 });
    const holder = [
      "import { DatabaseSync } from 'node:sqlite';",
      "await new Promise((resolve) => setTimeout(resolve, 2_000));",
      `const database = new DatabaseSync(${JSON.stringify(path)});`,
      "database.exec('PRAGMA busy_timeout = 5000; BEGIN EXCLUSIVE');",
      "await new Promise((resolve) => setTimeout(resolve, 10_000));",
      "database.close();",
    ];
    const [result, held] = await Promise.all([
      writing,
      run([Deno.execPath(), "eval", "-q", holder.join("\n")]),
    ]);
    ok(held.code === 0, held.stderr);
    return result;
  });
  ok(longest < LONGEST, `${longest} ms`);
  // What waited for 5 s was refused, and the rest was written before and after.
  ok(written > 100 && refused > 0, `${written} written, ${refused} refused`);
});

Deno.test({
  name: "The event loop stands for less than 50 ms while each sync takes 0.4 s, with checkpoints" +
    (tracer ? "" : " (ignored: no strace)"),
  ignore: !tracer,
  async fn() {
    const { longest, trace } = await atBest((path) => {
      const traced = [
        ...["strace", "-f", "--seccomp-bpf", "-qq", "-y", "-o", `${path}.trace`],
        ...["-e", "trace=fsync,fdatasync", "-e", "inject=fsync,fdatasync:delay_enter=400ms"],
      ];
      return write({ path, seconds: 20, traced });
    });
    ok(longest < LONGEST, `${longest} ms`);
    const checkpoints = trace.match(/ fdatasync\(\d+<[^>]*\/test\.db>/g)?.length ?? 0;
    ok(checkpoints >= 2, `${checkpoints} checkpoints`);
  },
});
