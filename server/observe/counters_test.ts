import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { Counters } from "./counters.ts";

Deno.test("a counter that nothing was added to is zero, and not in the snapshot", () => {
  const counters = new Counters();
  strictEqual(counters.value("files-stored"), 0);
  deepStrictEqual(counters.snapshot(), {});
});

Deno.test("counters add one or more, each by its own name", () => {
  const counters = new Counters();
  counters.add("files-stored");
  counters.add("bytes-stored", 4096);
  counters.add("files-stored");
  counters.add("bytes-stored", 1);
  strictEqual(counters.value("files-stored"), 2);
  strictEqual(counters.value("bytes-stored"), 4097);
});

Deno.test("a snapshot is in alphabetical order, and does not change later", () => {
  const counters = new Counters();
  for (const name of ["registered", "connections", "refused.timeout", "accepts-failed"]) {
    counters.add(name);
  }
  const snapshot = counters.snapshot();
  counters.add("connections");
  deepStrictEqual(Object.entries(snapshot), [
    ["accepts-failed", 1],
    ["connections", 1],
    ["refused.timeout", 1],
    ["registered", 1],
  ]);
});
