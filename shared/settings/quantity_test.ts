import { ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { formatDuration, formatSize, parseDuration, parseSize } from "./quantity.ts";

/** Texts that are sizes, and their bytes. */
const SIZES: Readonly<Record<string, number>> = {
  "0": 0,
  "1024": 1024,
  "45 B": 45,
  "1kB": 1000,
  "1KB": 1000,
  "64K": 65_536,
  "64KiB": 65_536,
  "1.5MB": 1_500_000,
  "1.5 MiB": 1_572_864,
  "2M": 2_097_152,
  "3GB": 3_000_000_000,
  "4GiB": 4_294_967_296,
  "4G": 4_294_967_296,
  "  7 KiB ": 7168,
};

/** Texts that are times, and their milliseconds. */
const TIMES: Readonly<Record<string, number>> = {
  "0": 0,
  "10": 10_000,
  "10s": 10_000,
  "0.5 s": 500,
  "500ms": 500,
  "2m": 120_000,
  "1h": 3_600_000,
};

/** Texts that are neither. */
const NEITHER = [
  "",
  " ",
  "four",
  "-1",
  "+1",
  "1e3",
  "0x10",
  "1,5",
  ".5",
  "1.",
  "1.2.3",
  "1 2",
  "1 apple",
  "1 constructor",
  "1 toString",
  "Infinity",
  "NaN",
  "٤",
  "9".repeat(400),
];

const SIZES_SHOWN: readonly (readonly [number, string])[] = [
  [0, "0 B"],
  [45, "45 B"],
  [1023, "1023 B"],
  [1024, "1 KiB"],
  [1536, "1.5 KiB"],
  [102_400, "100 KiB"],
  [1_048_575, "1 MiB"],
  [1_572_864, "1.5 MiB"],
  [33_554_432, "32 MiB"],
  [4_294_967_296, "4 GiB"],
  [2 ** 50, "1024 TiB"],
];

const TIMES_SHOWN: readonly (readonly [number, string])[] = [
  [0, "0 s"],
  [300, "0.3 s"],
  [1250, "1.3 s"],
  [12_000, "12 s"],
  [59_700, "1 min 0 s"],
  [60_000, "1 min 0 s"],
  [200_000, "3 min 20 s"],
  [3_599_400, "59 min 59 s"],
  [3_599_600, "1 h 0 min"],
  [7_530_000, "2 h 6 min"],
  [360_000_000, "100 h 0 min"],
];

Deno.test("parseSize() reads bytes, decimal and binary units", () => {
  for (const [text, bytes] of Object.entries(SIZES)) strictEqual(parseSize(text), bytes, text);
});

Deno.test("parseDuration() reads milliseconds, seconds, minutes and hours", () => {
  for (const [text, time] of Object.entries(TIMES)) strictEqual(parseDuration(text), time, text);
});

Deno.test("parseSize() and parseDuration() read nothing else", () => {
  for (const text of NEITHER) {
    strictEqual(parseSize(text), undefined, text);
    strictEqual(parseDuration(text), undefined, text);
  }
  for (const text of ["1ms", "1s", "1h", "1kib", "1gb"]) strictEqual(parseSize(text), undefined);
  for (const text of ["1B", "1K", "1S", "1min"]) strictEqual(parseDuration(text), undefined);
});

Deno.test("parseSize() gives a whole number of bytes that is exact, or nothing", () => {
  strictEqual(parseSize(String(Number.MAX_SAFE_INTEGER)), Number.MAX_SAFE_INTEGER);
  strictEqual(parseSize("9007199254740992"), undefined);
  strictEqual(parseSize("8388608GiB"), undefined);
  const number = fc.double({ min: 0, max: 1e6, noNaN: true }).map((value) => value.toFixed(3));
  fc.assert(fc.property(number, fc.constantFrom("", "K", "MB", "GiB"), (value, unit) => {
    ok(Number.isSafeInteger(parseSize(value + unit)));
  }));
});

Deno.test("formatSize() shows binary units with up to one decimal", () => {
  for (const [bytes, shown] of SIZES_SHOWN) strictEqual(formatSize(bytes), shown);
});

Deno.test("formatSize() shows what parseSize() reads, to within a twentieth", () => {
  fc.assert(fc.property(fc.integer({ min: 0, max: 2 ** 50 }), (bytes) => {
    const shown = parseSize(formatSize(bytes)) ?? NaN;
    ok(Math.abs(shown - bytes) <= bytes / 20, `${bytes} is shown as ${formatSize(bytes)}`);
  }));
});

Deno.test("formatDuration() shows seconds, minutes from one on, and hours from one on", () => {
  for (const [time, shown] of TIMES_SHOWN) strictEqual(formatDuration(time), shown);
});
