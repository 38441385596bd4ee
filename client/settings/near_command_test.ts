import { strictEqual } from "node:assert/strict";
import { nearCommand } from "./near_command.ts";

const NEAR: Readonly<Record<string, string>> = {
  sned: "send",
  sen: "send",
  Send: "send",
  prob: "probe",
  prboe: "probe",
  docter: "doctor",
  dotcor: "doctor",
  completion: "completions",
  comletoins: "completions",
  hlep: "help",
  helpp: "help",
};

Deno.test("nearCommand() knows what was meant by a slip of the finger", () => {
  for (const [word, command] of Object.entries(NEAR)) strictEqual(nearCommand(word), command, word);
});

Deno.test("nearCommand() takes no other word for a command", () => {
  for (
    const word of ["", "a", "end.", "report", "status", "dr", "sandy", "prove it", "x".repeat(999)]
  ) {
    strictEqual(nearCommand(word), undefined, word);
  }
});
