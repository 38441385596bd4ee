import { deepStrictEqual, ok } from "node:assert/strict";
import { Account, Connection, Member } from "./member.ts";
import { WorkOutsideTurns } from "./work_outside_turns.ts";

/** Connections of addresses of their own. */
function members(count: number): readonly Member[] {
  return Array.from({ length: count }, (_, at) => new Member(new Connection(new Account(`${at}`))));
}

/** The milliseconds that each is charged, rounded to tenths. */
function charged(members: readonly Member[]): readonly number[] {
  return members.map(({ use, account }) => {
    const [own, all] = [use.at(0), account.use.at(0)];
    ok(own === all);
    return Math.round(own * 10) / 10;
  });
}

Deno.test("work outside of turns is divided by what is expected of each", () => {
  const outside = new WorkOutsideTurns();
  const [one, other] = members(2);
  ok(one && other);
  outside.add(one, 100_000);
  outside.add(other, 100_000);
  outside.add(other, 200_000);
  // A tenth of a millisecond is charged to none.
  outside.charge(8.1, 0);
  deepStrictEqual(charged([one, other]), [2, 6]);
});

Deno.test("nobody is charged beyond the bound of its work: the others are", () => {
  const outside = new WorkOutsideTurns();
  const [bounded, twice, pipe, other] = members(4);
  ok(bounded && twice && pipe && other);
  outside.add(bounded, 25_000, 0.5);
  for (let count = 0; count < 2; count++) outside.add(twice, 25_000, 0.5);
  // As much as the two of them together is expected of these, each.
  for (const one of [pipe, other]) outside.add(one, 75_000);
  outside.charge(10.1, 0);
  deepStrictEqual(charged([bounded, twice, pipe, other]), [0.5, 1, 4.3, 4.3]);
});

Deno.test("what nobody can have caused is charged to nobody, and expected of nobody", () => {
  const outside = new WorkOutsideTurns();
  const [one] = members(1);
  ok(one);
  outside.add(one, 25_000, 0.5);
  outside.charge(50, 0);
  deepStrictEqual(charged([one]), [0.5]);
  // 0.1 ms was expected, and half of a measurement counts.
  ok(Math.abs(outside.add(one, 25_000, 0.5) - 0.3) < 0.001);
});
