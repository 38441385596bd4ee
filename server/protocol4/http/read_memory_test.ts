import { equal, ok } from "node:assert/strict";
import { ReadMemory } from "./read_memory.ts";

const MIB = 1024 ** 2;

Deno.test("32 bodies at once have 1 MiB each, and beyond 128 each has 64 KiB", () => {
  const memory = new ReadMemory();
  const sizes = Array.from({ length: 448 }, () => memory.acquire().size);
  ok(sizes.slice(0, 32).every((size) => size === MIB), String(sizes));
  ok(sizes.slice(128).every((size) => size === 64 * 1024), String(sizes));
  equal(memory.used, 64 * MIB);
  equal(memory.bodies, 448);
});

Deno.test("a buffer is given back once, and a short body takes a small one", () => {
  const memory = new ReadMemory();
  const first = memory.acquire(5);
  equal(first.size, 64 * 1024);
  equal(memory.acquire(100_000).size, 128 * 1024);
  first[Symbol.dispose]();
  first[Symbol.dispose]();
  equal(memory.bodies, 1);
  equal(memory.used, 128 * 1024);
});

Deno.test("eight bodies of more than 1 MiB at once may have as much again", () => {
  const memory = new ReadMemory();
  const acquire = (length?: number) => memory.acquire(length, { ahead: true });
  equal(acquire(MIB).ahead, false);
  equal(memory.acquire().ahead, false);
  const bodies = Array.from({ length: 9 }, () => acquire());
  equal(bodies.filter(({ ahead }) => ahead).length, 8);
  equal(memory.used, 19 * MIB);
  bodies[0]?.[Symbol.dispose]();
  equal(memory.used, 17 * MIB);
  equal(acquire().ahead, true);
});
