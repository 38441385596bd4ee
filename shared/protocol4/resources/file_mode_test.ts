import { strictEqual } from "node:assert/strict";
import { modeText, parseMode } from "./file_times.ts";

Deno.test("parseMode() reads what modeText() writes, for every mode", () => {
  for (let mode = 0; mode <= 0o777; mode++) strictEqual(parseMode(modeText(mode)), mode);
  strictEqual(modeText(0o100755), "755");
  strictEqual(parseMode("0644"), 0o644);
});

Deno.test("parseMode() refuses all but three octal digits, with no special bits", () => {
  for (const text of ["", "7", "77", "8", "788", "4755", "00644", "-77", "0o644", "644 "]) {
    strictEqual(parseMode(text), undefined, text);
  }
});
