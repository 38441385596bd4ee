import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { TestClock } from "../../tests/peers/test_clock.ts";
import { Outages } from "./connecting.ts";

function outagesOf(
  { retries = 3, retryTime = 90_000, random = () => 1 }: Partial<
    { readonly retries: number; readonly retryTime: number; readonly random: () => number }
  > = {},
) {
  const clock = new TestClock();
  return { clock, outages: new Outages({ retries, retryTime: () => retryTime, clock, random }) };
}

/** Fails repeatedly, waiting in between; returns the pauses. */
function failForGood({ clock, outages }: ReturnType<typeof outagesOf>): readonly number[] {
  const pauses: number[] = [];
  for (let next = outages.failed(); next !== undefined; next = outages.failed()) {
    pauses.push(next.pause);
    clock.advance(next.pause);
  }
  return pauses;
}

Deno.test("Outages are retried until the time ends, with pauses that grow to 5 s", () => {
  const { clock, outages } = outagesOf();
  const begun = clock.now();
  const pauses = failForGood({ clock, outages });
  deepStrictEqual(pauses.slice(0, 7), [250, 500, 1_000, 2_000, 4_000, 5_000, 5_000]);
  strictEqual(clock.now() - begun, 90_000);
});

Deno.test("Outages without a time are tried as often as there are retries", () => {
  deepStrictEqual(failForGood(outagesOf({ retryTime: 0 })), [250, 500, 1_000]);
  deepStrictEqual(failForGood(outagesOf({ retryTime: 0, retries: 0 })), []);
});

Deno.test("The least chance makes each pause half as long", () => {
  const pauses = failForGood(outagesOf({ random: () => 0 }));
  deepStrictEqual(pauses.slice(0, 7), [125, 250, 500, 1_000, 2_000, 2_500, 2_500]);
});

Deno.test("Each pause is shortened by chance, by half at the most", () => {
  const { outages, clock } = outagesOf({ random: Math.random });
  for (const longest of [250, 500, 1_000, 2_000, 4_000, 5_000, 5_000]) {
    const pause = outages.failed()?.pause ?? 0;
    ok(pause >= longest / 2 && pause <= longest, `${pause} of ${longest}`);
    clock.advance(pause);
  }
});

Deno.test("The time starts again with each outage, up to the number of retries", () => {
  const { outages, clock } = outagesOf({ retries: 2 });
  outages.failed();
  clock.advance(300_000);
  outages.ended();
  strictEqual(outages.failed()?.left, 90_000);
  clock.advance(89_000);
  strictEqual(outages.failed()?.left, 1_000);
  outages.ended();
  // The third loss of an established connection: now the time counts from the first.
  strictEqual(outages.failed(), undefined);
});

Deno.test("A connection that is lost again and again ends the tries when the time is over", () => {
  const { outages, clock } = outagesOf();
  const begun = clock.now();
  for (let next = outages.failed(); next !== undefined; next = outages.failed()) {
    clock.advance(next.pause);
    outages.ended();
  }
  strictEqual(clock.now() - begun, 90_000);
});
