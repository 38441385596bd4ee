import { deepStrictEqual, doesNotMatch, match, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { LEAST_WITH_RATE } from "../../shared/settings/quantity.ts";
import { printable, type Progress, progressBar, progressLine } from "./screen.ts";

const MIB = 1024 * 1024;

/** Characters that a terminal interprets or hides. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

/** Characters that a terminal gives two columns. */
const WIDE =
  /[\u1100-\u115f\u3000-\u30ff\u4e00-\u9fff\uac00-\ud7a3\uff01-\uff60\u{1f300}-\u{1faff}]/u;

/** Half way, at 1 MiB/s. */
const HALF: Progress = { name: "big.bin", sent: 10 * MIB, total: 20 * MIB, elapsed: 10_000 };

/** All that can be but the name. */
const amounts = fc.record({
  total: fc.integer({ min: 0, max: 0xffff_ffff }),
  part: fc.double({ min: 0, max: 1, noNaN: true }),
  elapsed: fc.oneof(fc.constant(0), fc.double({ min: 0.001, max: 1e9, noNaN: true })),
}).map(({ total, part, elapsed }) => ({ total, sent: Math.floor(total * part), elapsed }));

const width = fc.integer({ min: 1, max: 200 });

const asciiName = fc.string({ unit: "grapheme-ascii", minLength: 1, maxLength: 254 });

/** Names with wide, combining and hidden characters. */
const anyName = fc.string({
  unit: fc.oneof(
    fc.constantFrom("a", "é", "日", "本", "ｱ", "Ａ", "한", "🎉", "👍"),
    fc.constantFrom(
      "\x1b",
      "\x9b",
      "\u202e",
      "\u200d",
      "\u2028",
      "\u2029",
      "\ufeff",
      "\r",
      "\n",
      "\t",
      "\x07",
      "\x7f",
    ),
  ),
  minLength: 1,
  maxLength: 80,
});

function columns(text: string): number {
  return [...text].reduce((sum, character) => sum + (WIDE.test(character) ? 2 : 1), 0);
}

Deno.test("progressBar() shows name, bar, share, rate and time left", () => {
  strictEqual(
    progressBar(HALF, 80),
    "big.bin      [############------------]  50%, 1 MiB/s, 10 s left",
  );
});

Deno.test("progressBar() is full and says 100% at the end, with no time left", () => {
  strictEqual(
    progressBar({ ...HALF, sent: 20 * MIB }, 80),
    "big.bin      [########################] 100%, 2 MiB/s",
  );
});

Deno.test("progressBar() says at the end what is waited for", () => {
  const last = "being stored";
  strictEqual(
    progressBar({ ...HALF, sent: 20 * MIB, last }, 80),
    "big.bin      [########################] 100%, 2 MiB/s, being stored",
  );
  strictEqual(progressBar({ ...HALF, last }, 80), progressBar(HALF, 80));
  const small = { name: "a", sent: 3, total: 3, elapsed: 0, last };
  strictEqual(progressLine(small), "a: 3 B of 3 B, 100%, being stored");
});

Deno.test("progressBar() of what has no known end tells how much there is, and no share", () => {
  const piped = { name: "src.tar", sent: 20 * MIB, total: undefined, elapsed: 10_000 };
  strictEqual(progressBar(piped, 80), "src.tar      20 MiB, 2 MiB/s");
  strictEqual(progressLine(piped), "src.tar: 20 MiB, 2 MiB/s");
});

Deno.test("progressBar() of an empty file is full", () => {
  for (const elapsed of [0, 1]) {
    strictEqual(
      progressBar({ name: "empty", sent: 0, total: 0, elapsed }, 80),
      "empty        [########################] 100%",
    );
  }
});

Deno.test("progressBar() tells neither rate nor time left before anything was sent", () => {
  strictEqual(
    progressBar({ ...HALF, sent: 0 }, 80),
    "big.bin      [------------------------]   0%",
  );
});

Deno.test("progressBar() tells neither while only a few bytes of many were sent", () => {
  strictEqual(
    progressBar({ ...HALF, sent: 6, elapsed: 130 }, 80),
    "big.bin      [------------------------]   0%",
  );
});

Deno.test("progressBar() says 100% when all was sent, and not before", () => {
  fc.assert(fc.property(amounts, ({ total, sent, elapsed }) => {
    const bar = progressBar({ name: "a", total, sent, elapsed }, 200);
    strictEqual(bar.includes("100%"), sent === total);
    const rated = sent >= LEAST_WITH_RATE && elapsed > 0;
    strictEqual(bar.includes(" left"), rated && sent < total);
  }));
});

Deno.test("progressBar() stays below the last column, however narrow the terminal is", () => {
  fc.assert(fc.property(asciiName, amounts, width, (name, amounts, width) => {
    ok(progressBar({ name, ...amounts }, width).length < Math.max(1, width));
  }));
});

Deno.test("progressBar() stays below the last column with names that are two columns wide", () => {
  fc.assert(fc.property(anyName, amounts, width, (name, amounts, width) => {
    const bar = progressBar({ name, ...amounts }, width);
    ok(columns(bar) < width, `${columns(bar)} columns of ${width}`);
  }));
});

Deno.test("progressBar() never cuts a character in two", () => {
  fc.assert(fc.property(anyName, amounts, width, (name, amounts, width) => {
    ok(progressBar({ name, ...amounts }, width).isWellFormed());
  }));
});

Deno.test("progressBar() has room for all of it in 100 columns, also with the longest name", () => {
  fc.assert(fc.property(asciiName, amounts, (name, amounts) => {
    const bar = progressBar({ name, ...amounts }, 100);
    strictEqual(bar, progressBar({ name, ...amounts }, 1000));
    match(bar, /\[#*-*\] [ 1][ 0-9][0-9]%/);
  }));
});

Deno.test("progressBar() shortens a long name and marks that it did", () => {
  const bar = progressBar({ ...HALF, name: `${"n".repeat(100)}.bin` }, 100);
  match(bar, /^n{20,40}… \[/);
  match(
    progressBar({ ...HALF, name: "twenty-eight characters.tar.gz".slice(0, 28) }, 100),
    /^[^…]+$/,
  );
});

Deno.test("progressBar() and progressLine() leave nothing in that a terminal acts on", () => {
  fc.assert(fc.property(anyName, amounts, (name, amounts) => {
    doesNotMatch(progressBar({ name, ...amounts }, 200), INVISIBLE);
    doesNotMatch(progressLine({ name, ...amounts }), INVISIBLE);
  }));
  strictEqual(printable("a\x1b[2Kb\u202ec\u2028d\x9b"), "a?[2Kb?c?d?");
  strictEqual(printable("Ünïcödé 日本 🎉.txt"), "Ünïcödé 日本 🎉.txt");
});

Deno.test("progressBar() and progressLine() show only numbers that are some", () => {
  fc.assert(fc.property(amounts, (amounts) => {
    for (
      const text of [
        progressBar({ name: "a", ...amounts }, 200),
        progressLine({ name: "a", ...amounts }),
      ]
    ) {
      doesNotMatch(text, /NaN|Infinity|undefined|-\d/);
    }
  }));
});

Deno.test("progressBar() and progressLine() show no rate of a few bytes", () => {
  const few = { name: "few", sent: 3, total: 6, elapsed: 5_000 };
  strictEqual(progressLine(few), "few: 3 B of 6 B, 50%");
  strictEqual(progressBar(few, 80), "few          [############------------]  50%");
});

Deno.test("progressLine() tells the same without a bar", () => {
  strictEqual(progressLine(HALF), "big.bin: 10 MiB of 20 MiB, 50%, 1 MiB/s, 10 s left");
});

Deno.test("progressBar() keeps rate and time left where name and bar have to give way", () => {
  const progress = { ...HALF, name: `${"n".repeat(100)}.bin` };
  const shown = [80, 66, 50, 35, 30, 20, 8].map((width) => progressBar(progress, width));
  deepStrictEqual(shown, [
    `${"n".repeat(27)}… [######------]  50%, 1 MiB/s, 10 s left`,
    `${"n".repeat(13)}… [######------]  50%, 1 MiB/s, 10 s left`,
    `${"n".repeat(13)}…  50%, 1 MiB/s, 10 s left`,
    `${"n".repeat(6)}…  50%, 1 MiB/s, 10 s left`,
    "50%, 1 MiB/s, 10 s left",
    "50%, 1 MiB/s, 10 s ",
    "50%, 1 ",
  ]);
});

Deno.test("progressBar() keeps the size of its bar while the numbers change", () => {
  const total = 4_000_000_000;
  for (const width of [60, 66, 80, 100]) {
    const sizes = [1, 60_000, 30_000_000, 999_999_999, total].map((sent) =>
      progressBar({ name: "n".repeat(30), sent, total, elapsed: 10_000 + sent / 1e5 }, width)
        .indexOf("]")
    );
    strictEqual(new Set(sizes.slice(1)).size, 1, `${sizes}`);
  }
});

Deno.test("progressBar() fills up short names by their columns", () => {
  const ends = ["a", "日本", "ｱﾊﾞ", "🎉.txt"].map((name) => {
    const bar = progressBar({ ...HALF, name }, 80);
    return columns(bar.slice(0, bar.indexOf("[")));
  });
  deepStrictEqual(ends, [13, 13, 13, 13]);
});
