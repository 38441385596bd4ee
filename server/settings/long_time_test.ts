import { equal, throws } from "node:assert/strict";
import { longTime } from "./long_time.ts";

Deno.test("longTime reads days beside shorter units, and writes what it reads", () => {
  for (const text of ["7d", "366d", "12h", "90m", "1s"]) {
    equal(longTime.format(longTime.read(text)), text);
  }
  equal(longTime.read("7d"), 604_800_000);
  for (const text of ["", "367d", "0s", "999ms", "1w", "-1d", "1.5d"]) {
    throws(() => longTime.read(text), /Expected a time such as 7d/, text);
  }
});
