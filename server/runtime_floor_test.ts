import { match, strictEqual } from "node:assert/strict";
import { tooOld } from "./runtime_floor.ts";

Deno.test("tooOld() names the version that is there and the one that is needed", () => {
  for (const version of ["1.46.3", "2.4.0", "2.8.9"]) {
    match(tooOld(version) ?? "", /^The server needs Deno 2\.9 or later, and this is Deno \d/);
  }
  for (const version of ["2.9.0", "2.9.6", "2.10.0", "3.0.0"]) {
    strictEqual(tooOld(version), undefined, version);
  }
});
