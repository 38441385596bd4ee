import { strictEqual, throws } from "node:assert/strict";
import {
  byteSize,
  choice,
  duration,
  type Kind,
  path,
  text,
  ValueError,
  wholeNumber,
} from "./kind.ts";

/** Values of a kind as texts, and the parsed values. */
function reads<T>(kind: Kind<T>, values: Readonly<Record<string, T>>): void {
  for (const [given, value] of Object.entries(values)) strictEqual(kind.read(given), value, given);
}

/** Texts that are no values of a kind. */
function refuses(kind: Kind<unknown>, texts: readonly string[]): void {
  for (const given of texts) throws(() => kind.read(given), ValueError, given);
}

Deno.test("Each kind reads its values, and refuses all others", () => {
  const number = wholeNumber({ least: 1, most: 64 });
  reads(number, { "1": 1, "64": 64, "007": 7 });
  refuses(number, ["0", "65", "1.5", "1e1", "-1", " 1", "", "9".repeat(400)]);
  reads(duration(1), { "1ms": 1, "24h": 86_400_000, "10": 10_000 });
  refuses(duration(1), ["0", "25h", "soon", ""]);
  reads(duration(1_000, 366 * 86_400_000), {
    "7d": 604_800_000,
    "366d": 31_622_400_000,
    "1": 1000,
  });
  refuses(duration(1_000, 366 * 86_400_000), ["367d", "999ms", "1w", "-1d"]);
  reads(byteSize({ least: 1, most: 2048 }), { "1": 1, "2KiB": 2048 });
  refuses(byteSize({ least: 1, most: 2048 }), ["0", "2049", "1 apple", ""]);
  reads(choice("WHAT", ["one", "two"]), { one: "one", two: "two" });
  refuses(choice("WHAT", ["one", "two"]), ["One", "constructor", ""]);
  reads(text("TEXT"), { " ": " ", "-": "-" });
  refuses(text("TEXT"), [""]);
});

Deno.test("A kind reads what it writes", () => {
  for (const time of [0, 1, 999, 1000, 90_000, 3_600_000, 86_400_000, 172_800_000, 90_000_000]) {
    const kind = duration(0, 366 * 86_400_000);
    strictEqual(kind.read(kind.format(time)), time);
  }
  strictEqual(duration(0, 7 * 86_400_000).format(7 * 86_400_000), "7d");
  for (const size of [0, 1, 1024, 4 * 1024 ** 3]) {
    strictEqual(byteSize({ least: 0 }).read(byteSize({ least: 0 }).format(size)), size);
  }
});

Deno.test("A path that is to be created has to be UTF-8", () => {
  strictEqual(path("PATH").read("a\ufffd"), "a\ufffd");
  throws(
    () => path("PATH", { creates: true }).read("a\ufffd"),
    new ValueError(
      'Expected a path in UTF-8, but got "a\ufffd", in which U+FFFD stands for other bytes',
    ),
  );
  throws(
    () => path("PATH", { creates: true }).read(""),
    new ValueError("Expected a path, but got nothing"),
  );
});
