import { ok, strictEqual } from "node:assert/strict";
import { compareVersions } from "./version_order.ts";

/** In the order of Semantic Versioning, section 11, its own example included. */
const ORDERED = [
  "0.1.0",
  "0.2.0",
  "0.10.0",
  "1.0.0-alpha",
  "1.0.0-alpha.1",
  "1.0.0-alpha.beta",
  "1.0.0-beta",
  "1.0.0-beta.2",
  "1.0.0-beta.11",
  "1.0.0-rc.1",
  "1.0.0",
  "2.0.0",
];

Deno.test("compareVersions() orders versions as Semantic Versioning does", () => {
  ORDERED.forEach((a, at) => {
    strictEqual(compareVersions(a, a), 0);
    for (const b of ORDERED.slice(at + 1)) {
      ok(compareVersions(a, b) < 0, `${a} < ${b}`);
      ok(compareVersions(b, a) > 0, `${b} > ${a}`);
    }
  });
});
