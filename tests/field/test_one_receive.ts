/** Servers that take one receive for a whole request, and programs that are not told so. */

import { match, ok, strictEqual } from "node:assert/strict";
import { REVISIONS } from "../../shared/protocol3/revision.ts";
import type { RevisionName } from "../../shared/protocol3/revision.ts";
import { PacedClock } from "./paced_clock.ts";
import { Acquaintance, ALL_SIZES } from "./acquaintance.ts";
import { FieldServer } from "./field_server.ts";
import type { ServerHabits } from "./server_habits.ts";

/** A server, and what the program has to remember of it. */
export interface OneReceive {
  readonly revision: RevisionName;
  readonly habits?: ServerHabits;
  /** The lines of its record, once a file of several packets was sent. */
  readonly record?: string;
}

/** The most bytes of a file that is one request, and so has to come in one receive. */
const ONE_REQUEST = 65_537;

/**
 * Declares a test for each server: it gets a file of each size in a first run, and after a
 * reconnect.
 */
export function testOneReceive(servers: readonly OneReceive[]): void {
  for (const { revision, habits = {}, record } of servers) {
    const also = Object.entries(habits).map(([habit, how]) => `, ${habit} ${how}`).join("");
    Deno.test(`One receive is one request to a server of ${revision}${also}`, async () => {
      const sizes = sizesOf(revision);
      const clock = new PacedClock();
      const server = new FieldServer({
        ...{ revision, clock, onTurn: clock.onTurn },
        habits: { takesOneReceive: true, slow: 1, ...habits },
      });
      await using known = await Acquaintance.with(server, clock);
      await known.sendSizes("first", { sizes });
      const { heard } = await known.sendSizes("second", { sizes });
      // What worked is used at once.
      ok(heard[0]?.[0] === "reconnect" || revision === "2022c", `${heard[0]}`);
      if (record === undefined) return;
      strictEqual(
        await Deno.readTextFile(await known.record()),
        `--revision ${revision}\n${record}`,
      );
    });
  }
}

/**
 * Declares a test for each server of a revision without packets: a file of 1 MiB, which is one
 * request, does not come in one receive, and the program says so.
 */
export function testTooLarge(servers: readonly Omit<OneReceive, "record">[]): void {
  for (const { revision, habits = {} } of servers) {
    const also = Object.entries(habits).map(([habit, how]) => `, ${habit} ${how}`).join("");
    Deno.test(`1 MiB is too large for one receive of a server of ${revision}${also}`, async () => {
      const clock = new PacedClock();
      const server = new FieldServer({
        ...{ revision, clock, onTurn: clock.onTurn },
        habits: { takesOneReceive: true, ...habits },
      });
      await using known = await Acquaintance.with(server, clock);
      const size = 1024 * 1024;
      const { code, stderr } = await known.send("large.bin", [], { size });
      strictEqual(code, 1, stderr);
      match(
        stderr,
        /^Fatal: Cannot send "large\.bin": .*; a file is one request in 202[23][ac], and some /m,
      );
      match(stderr, /single receive .* at most 64 KiB: send them smaller files, or .* in parts/m);
      const tries = server.refusals.filter((line) => line.startsWith("The receive brought"));
      // Those in 2023a are no requests to a server of 2022c.
      ok(tries.length === (habits.foreignCode === "silent" ? 1 : 4), server.refusals.join("\n"));
      for (const line of tries) {
        const [received = Infinity, due = 0] = (line.match(/\d+/g) ?? []).map(Number);
        ok(due >= size && received < due / 2, line);
      }
    });
  }
}

function sizesOf(revision: RevisionName): readonly number[] {
  if (REVISIONS[revision].packets) return ALL_SIZES;
  return ALL_SIZES.filter((size) => size <= ONE_REQUEST);
}
