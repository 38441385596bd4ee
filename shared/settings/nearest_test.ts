import { strictEqual } from "node:assert/strict";
import { nearest } from "./read_settings.ts";

const WORDS = ["send", "probe", "doctor", "identity", "completions", "help", "--time", "--timeout"];

const NEAR: Readonly<Record<string, string>> = {
  sned: "send",
  sen: "send",
  prob: "probe",
  prboe: "probe",
  docter: "doctor",
  dotcor: "doctor",
  completion: "completions",
  comletoins: "completions",
  hlep: "help",
  helpp: "help",
  "--tim": "--time",
  "--timeot": "--timeout",
};

Deno.test("nearest() finds what was meant by a slip of the finger", () => {
  for (const [word, meant] of Object.entries(NEAR)) strictEqual(nearest(word, WORDS), meant, word);
});

Deno.test("nearest() takes no other word for one of them, and very long ones at once", () => {
  for (
    const word of ["", "a", "end.", "report", "status", "dr", "sandy", "prove it", "--retries"]
  ) {
    strictEqual(nearest(word, WORDS), undefined, word);
  }
  strictEqual(nearest("x".repeat(2_000_000), WORDS), undefined);
});
