import { deepStrictEqual, ok } from "node:assert/strict";
import fc from "fast-check";
import { ALICE, enter, type Entered, idOf } from "../../tests/peers/arrivals.ts";
import { DEFAULT_LIMITS } from "../settings/limit_settings.ts";
import { SYSTEM_CLOCK } from "../system_clock.ts";
import { Admission } from "./admission.ts";

const anyRogueStep = fc.record({
  act: fc.constantFrom("enter", "enter", "moved", "identified", "leave"),
  address: fc.nat(40),
  which: fc.nat(20),
  later: fc.nat(400),
});

Deno.test("a real client always gets in, and stays as long as nobody sends more", () => {
  const limits = { ...DEFAULT_LIMITS, connections: 8, connectionsPerClient: 3 };
  const arrival = fc.nat(60);
  fc.assert(
    fc.property(fc.array(anyRogueStep, { maxLength: 200 }), arrival, (steps, arrivesAt) => {
      let time = 0;
      const admission = new Admission({ limits, clock: { ...SYSTEM_CLOCK, now: () => time } });
      const rogues: Entered[] = [];
      let honest: Entered | undefined;
      for (const [at, { act, address, which, later }] of steps.entries()) {
        time += later;
        if (at === arrivesAt) honest = enter(admission, ALICE);
        honest?.slot.identified(idOf(1_000));
        honest?.slot.moved(1_000_000);
        honest?.slot.heard();
        const rogue = rogues[which % Math.max(1, rogues.length)];
        if (act === "enter") rogues.push(enter(admission, `198.51.100.${address}`));
        else if (act === "moved") rogue?.slot.moved(which * 1_000);
        else if (act === "identified") rogue?.slot.identified(idOf(which % 4));
        else rogue?.slot[Symbol.dispose]();
        rogue?.slot.heard();
        deepStrictEqual(honest?.evicted ?? [], []);
        ok(admission.size <= 8);
      }
    }),
    { numRuns: 300 },
  );
});
