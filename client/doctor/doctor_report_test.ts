import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { exitCodeOf, findingText, jsonDoctor, summaryText } from "./run_doctor.ts";
import { fail, ok, skip, warn } from "./finding.ts";

const PORT = fail("port", "No server listens", { advice: "Start it", exitCode: 3 });
const FILE = fail("file", "There is no file", { advice: "Check the path", exitCode: 2 });
const KEY = warn("key", "It is open", "Close it");

Deno.test("The exit code is that of the first failure, and 0 with warnings only", () => {
  strictEqual(exitCodeOf([KEY, PORT, FILE]), 3);
  strictEqual(exitCodeOf([FILE, PORT]), 2);
  strictEqual(exitCodeOf([KEY, skip("name", "No server"), ok("clock", "It is noon")]), 0);
});

Deno.test("findingText() puts advice on a line of its own, and colours one word", () => {
  strictEqual(
    findingText(ok("clock", "It is noon"), { colors: false }),
    "ok    clock          It is noon\n",
  );
  strictEqual(
    findingText(PORT, { colors: false }),
    "fail  port           No server listens\n                     Start it\n",
  );
  strictEqual(
    findingText(KEY, { colors: true }),
    "\x1b[33mwarn\x1b[0m  key            It is open\n                     Close it\n",
  );
});

Deno.test("summaryText() counts failures and warnings", () => {
  strictEqual(summaryText([ok("clock", "It is noon")]), "All is well\n");
  strictEqual(summaryText([KEY]), "1 warning\n");
  strictEqual(summaryText([KEY, PORT, KEY, FILE]), "2 failed, 2 warnings\n");
});

Deno.test("jsonDoctor() has the exit code and all findings", () => {
  deepStrictEqual(jsonDoctor([KEY]), { ok: true, exitCode: 0, checks: [KEY] });
  deepStrictEqual(jsonDoctor([KEY, PORT]), { ok: false, exitCode: 3, checks: [KEY, PORT] });
});
