import { ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { isTimeText, timeMilliseconds, timeText } from "./file_times.ts";

Deno.test("A time in milliseconds is its text in nanoseconds, and comes back", () => {
  fc.assert(fc.property(fc.integer({ min: -8e12, max: 8e12 }), (milliseconds) => {
    const text = timeText(milliseconds) ?? "";
    ok(isTimeText(text));
    strictEqual(BigInt(text), BigInt(milliseconds) * 1_000_000n);
    strictEqual(timeMilliseconds(text), milliseconds);
  }));
});

Deno.test("A fraction of a millisecond is dropped, before 1970 too", () => {
  strictEqual(timeMilliseconds("1999999"), 1);
  strictEqual(timeMilliseconds("-1"), -1);
  strictEqual(timeMilliseconds("-1000000"), -1);
  strictEqual(timeText(1.7), "1000000");
  strictEqual(timeText(-0), "0");
  for (const none of [9_223_372_036_855, -9_223_372_036_855, 8.64e15, Infinity, NaN]) {
    strictEqual(timeText(none), undefined);
  }
});

Deno.test("isTimeText() takes decimal numbers of 64 bits alone", () => {
  for (const text of ["0", "-1", "1700000000123456789", "9223372036854775807"]) {
    ok(isTimeText(text), text);
  }
  ok(isTimeText("-9223372036854775808"));
  for (
    const text of ["", "00", "01", "-0", "+1", "1.5", "1e9", " 1", "1\n", "9223372036854775808"]
      .concat(["-9223372036854775809", "99999999999999999999", "0x1", "NaN"])
  ) ok(!isTimeText(text), text);
});
