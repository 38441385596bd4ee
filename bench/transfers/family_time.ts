import { processorTimeIn } from "./processor_time.ts";

/**
 * Seconds of processor time so far of all processes that this one has started, and that those have,
 * by the names of their programs. Linux only. A process that ended counts for the one that waited
 * for it.
 */
export async function familyTime(): Promise<ReadonlyMap<string, number>> {
  // Processes end while they are read.
  const script = "cat /proc/[0-9]*/stat 2>&1 || true";
  const { stdout } = await new Deno.Command("bash", { args: ["-c", script] }).output();
  return familyTimeIn(new TextDecoder().decode(stdout), Deno.pid);
}

/** The same from the texts of `/proc/PID/stat`, a line each, for the family of a process. */
export function familyTimeIn(stats: string, pid: number): ReadonlyMap<string, number> {
  const all = stats.split("\n").flatMap((stat) => {
    const [, id, name = "", parent] = /^(\d+) \((.*)\) \S (\d+) /.exec(stat) ?? [];
    return id === undefined ? [] : [{ id: Number(id), name, parent: Number(parent), stat }];
  });
  const family = new Set([pid]);
  for (let before = 0; before < family.size;) {
    before = family.size;
    for (const { id, parent } of all) if (family.has(parent)) family.add(id);
  }
  const times = new Map<string, number>();
  for (const { id, name, stat } of all) {
    if (id === pid || !family.has(id)) continue;
    times.set(name, (times.get(name) ?? 0) + processorTimeIn(stat));
  }
  return times;
}
