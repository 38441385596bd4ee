import assert from "node:assert/strict";
import { familyTimeIn } from "./family_time.ts";

/** A line of `/proc/PID/stat`, up to the times. */
function stat(pid: number, name: string, parent: number, ticks: number): string {
  return `${pid} (${name}) S ${parent} 1 1 0 -1 0 0 0 0 0 ${ticks} 0 0 0 20 0 1 0`;
}

Deno.test("familyTimeIn() adds up what a process has started, by name, and nothing else", () => {
  const stats = [
    stat(10, "deno", 1, 1_000),
    stat(13, "post gres", 12, 25),
    stat(11, "bash", 10, 5),
    stat(12, "post gres", 11, 75),
    stat(20, "post gres", 1, 500),
    "cat: /proc/30/stat: No such file or directory",
  ].join("\n");
  assert.deepEqual([...familyTimeIn(stats, 10)].sort(), [["bash", 0.05], ["post gres", 1]]);
});
